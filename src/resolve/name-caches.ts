import type { AddressOwner } from "../inventory/addresses/address-owner.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import { ResolvedNames } from "../lookups/resolved-names.ts";

/**
 * Resolved names of known clients, and separately those of addresses without a known owner: a pod can send with any
 * number of such addresses, and must not evict the names of known clients.
 */
export class NameCaches {
  readonly #known = new ResolvedNames();
  readonly #others = new ResolvedNames();

  of(client: AddressOwner): ResolvedNames {
    return client.type === "unlisted" || client.type === "outside" ? this.#others : this.#known;
  }

  /** No fact of the pod will come any more. */
  forget({ uid }: PodRecord): void {
    this.#known.forget(uid);
  }

  /** Addresses of clients, and answers for one address, evicted because a table was full. */
  get evicted(): number {
    return this.#known.evicted + this.#others.evicted;
  }
}
