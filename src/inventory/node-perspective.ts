import type { AddressKinds } from "./addresses/address-kinds.ts";
import { type AddressOwner, nodeOwner } from "./addresses/address-owner.ts";
import { UntilUpdate } from "./addresses/until-update.ts";
import type { ClusterIndex } from "./cluster-index.ts";

/** Whose addresses are, as seen from one node: the cluster index, and what the address itself tells. */
export class NodePerspective {
  readonly #index: ClusterIndex;
  readonly #kinds: AddressKinds;
  readonly #self: AddressOwner | null;
  readonly #mayBePods = new UntilUpdate<boolean>();

  /** `node`: whose agent this is; null for none. */
  constructor(index: ClusterIndex, kinds: AddressKinds, node: string | null) {
    this.#index = index;
    this.#kinds = kinds;
    this.#self = node === null ? null : nodeOwner(node);
  }

  /**
   * Who asked. What a host asks itself, over `lo`, comes from the very address that answers: a node-local cache's. A pod
   * that asks itself, by way of its Service, is that pod all the same, and says nothing for its node.
   */
  ofAsker(address: string, serverAddress: string | null, micros: number): AddressOwner {
    const owner = this.#index.ownerOf(address, micros);
    if (this.#self === null || serverAddress !== address) return owner;
    return owner.type === "service" || owner.type === "outside" ? this.#self : owner;
  }

  /** Whether no news within the waiting time can change whose address it is. */
  isSettled(owner: AddressOwner, address: string, micros: number): boolean {
    switch (owner.type) {
      case "pod":
        return owner.pod.endAskedMicros === null && !owner.pod.mayComplete && !this.#index.updateLag.isLate(micros);
      case "ambiguous":
      case "ended-pod":
      case "pod-range":
      case "unlisted":
        return false;
      case "outside":
        return this.#index.isEmpty || !this.#mayBePod(address);
      default:
        return true;
    }
  }

  #mayBePod(address: string): boolean {
    let answer = this.#mayBePods.get(address, this.#index.version);
    if (answer === undefined) {
      answer = this.#kinds.isPrivate(address) || this.#index.isNearCluster(address);
      this.#mayBePods.set(address, answer);
    }
    return answer;
  }
}
