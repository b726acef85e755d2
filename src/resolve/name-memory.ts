import type { AddressOwner } from "../inventory/addresses/address-owner.ts";
import { ResolvedNames } from "../lookups/resolved-names.ts";

/**
 * Resolved names of clients that are known, and apart from them those of addresses that nobody is known to have: a pod
 * can send with as many of those as it likes, and pushes out no names but theirs.
 */
export class NameMemory {
  readonly #known = new ResolvedNames();
  readonly #others = new ResolvedNames();

  of(client: AddressOwner): ResolvedNames {
    return client.type === "unlisted" || client.type === "outside" ? this.#others : this.#known;
  }

  /** Addresses of clients, and answers for one address, that were forgotten for want of room. */
  get evicted(): number {
    return this.#known.evicted + this.#others.evicted;
  }
}
