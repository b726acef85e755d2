import type { Lookup } from "../model/lookup.ts";
import type { AddressKinds } from "./address-kinds.ts";
import type { ClusterIndex } from "./cluster-index.ts";
import { type Holder, nodeHolder } from "./holder.ts";

/** Whose addresses are, as seen from one node: the cluster index, and what the address itself tells. */
export class Holders {
  readonly #index: ClusterIndex;
  readonly #kinds: AddressKinds;
  readonly #self: Holder | null;

  /** `node`: whose agent this is; null for none. */
  constructor(index: ClusterIndex, kinds: AddressKinds, node: string | null) {
    this.#index = index;
    this.#kinds = kinds;
    this.#self = node === null ? null : nodeHolder(node);
  }

  /** Who held the address then; the port tells Services that share one apart. */
  at(address: string, micros: number, port: number | null = null): Holder {
    return this.#index.holderOf(address, micros, port);
  }

  /** Who asked. What a host asks itself, over `lo`, comes from the very address that answers: a node-local cache's. */
  ofLookup(lookup: Lookup): Holder {
    const server = lookup.responder ?? lookup.resolver;
    if (this.#self !== null && server !== null && server.address === lookup.client.address) return this.#self;
    return this.#index.holderOf(lookup.client.address, decidedMicros(lookup));
  }

  /** Whether no news within the waiting time can change whose address it is. */
  isSettled(holder: Holder, address: string): boolean {
    switch (holder.type) {
      case "ended-pod":
      case "pod-range":
        return false;
      case "outside":
        return this.#index.isEmpty || !(this.#kinds.isPrivate(address) || this.#index.isNearCluster(address));
      default:
        return true;
    }
  }
}

/** When a lookup was over, as far as it is known. */
export function decidedMicros(lookup: Lookup): number {
  return lookup.answerMicros ?? lookup.queryMicros;
}
