import type { AddressKinds } from "./addresses/address-kinds.ts";
import { type AddressOwner, nodeOwner } from "./addresses/address-owner.ts";
import { VersionedCache } from "./addresses/versioned-cache.ts";
import type { ClusterIndex } from "./cluster-index.ts";

/** Whether no update within the waiting time can change an owner: `unlessLate`, unless updates are late. */
export const Finality = { never: 0, unlessLate: 1, always: 2 } as const;
export type Finality = (typeof Finality)[keyof typeof Finality];

export function leastFinal(a: Finality, b: Finality): Finality {
  return a < b ? a : b;
}

/** Address owners as one node sees them: the cluster index, and what the address itself shows. */
export class NodePerspective {
  readonly #index: ClusterIndex;
  readonly #kinds: AddressKinds;
  readonly #self: AddressOwner | null;
  readonly #mayBePods = new VersionedCache<boolean>();

  /** `node`: the node of this agent; null if unknown. */
  constructor(index: ClusterIndex, kinds: AddressKinds, node: string | null) {
    this.#index = index;
    this.#kinds = kinds;
    this.#self = node === null ? null : nodeOwner(node);
  }

  /**
   * The client of a lookup, from the owner of its address. A query over `lo` to a node-local cache has the server's
   * address as its source; its client is this node. A pod that queries itself through its Service stays the client.
   */
  clientOf(owner: AddressOwner, address: string, serverAddress: string | null): AddressOwner {
    if (this.#self === null || serverAddress !== address) return owner;
    return owner.type === "service" || owner.type === "outside" ? this.#self : owner;
  }

  /** Whether no update within the waiting time can change the owner. */
  isFinal(owner: AddressOwner, address: string, micros: number): boolean {
    return this.isFinalAt(this.finalityOf(owner, address), micros);
  }

  isFinalAt(finality: Finality, micros: number): boolean {
    return finality === Finality.always || (finality === Finality.unlessLate && !this.#index.updateLag.isLate(micros));
  }

  finalityOf(owner: AddressOwner, address: string): Finality {
    switch (owner.type) {
      case "pod": {
        const { deletionRequestedMicros, runsToCompletion } = owner.pod;
        return deletionRequestedMicros === null && !runsToCompletion ? Finality.unlessLate : Finality.never;
      }
      case "ambiguous":
      case "ended-pod":
      case "pod-range":
      case "unlisted":
        return Finality.never;
      case "outside": {
        const isFinal = this.#index.isEmpty ? !this.#index.isAwaited : !this.#mayBePod(address);
        return isFinal ? Finality.always : Finality.never;
      }
      default:
        return Finality.always;
    }
  }

  #mayBePod(address: string): boolean {
    let mayBe = this.#mayBePods.get(address, this.#index.version);
    if (mayBe === undefined) {
      mayBe = this.#kinds.isPrivate(address) || this.#index.isNearCluster(address);
      this.#mayBePods.set(address, mayBe);
    }
    return mayBe;
  }
}
