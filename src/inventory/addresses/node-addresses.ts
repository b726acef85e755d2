import { TwoGenerationMap } from "../../bounded/two-generation-map.ts";
import type { NodeRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { type Holder, nodeHolder } from "./address-owner.ts";
import { neighbourhoodOf } from "./address-prefix.ts";

const MAX_GONE = 4_096;

/**
 * Addresses of nodes: what the API lists, what the CNI notes in annotations, what the agent finds on its own
 * interfaces.
 */
export class NodeAddresses {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #own = new Map<string, Holder>();
  readonly #byAddress = new Map<string, Holder>();
  /** Addresses of nodes that are gone: attempts are decided minutes after their first packet. */
  readonly #gone = new TwoGenerationMap<string, { readonly holder: Holder; readonly untilMicros: number }>(MAX_GONE);
  readonly #neighbourhoods = new Set<string>();

  /** Addresses of this node's own interfaces, as they are now; true where that is new. */
  setOwn(node: string, addresses: readonly string[]): boolean {
    if (addresses.length === this.#own.size && addresses.every((address) => this.#own.has(address))) return false;
    const holder = nodeHolder(node);
    this.#own.clear();
    for (const address of addresses) this.#own.set(address, holder);
    return true;
  }

  update(record: NodeRecord): void {
    this.#nodes.set(record.name, record);
    this.#rebuild();
  }

  remove(name: string, timeMicros: number): void {
    const old = this.#nodes.get(name);
    for (const address of [...(old?.addresses ?? []), ...(old?.routerAddresses ?? [])]) {
      this.#gone.set(address, { holder: nodeHolder(name), untilMicros: timeMicros });
    }
    this.#nodes.delete(name);
    this.#rebuild();
  }

  /** This node, where the address is on one of its own interfaces. */
  ownAt(address: string): Holder | null {
    return this.#own.get(address) ?? null;
  }

  /** Node that had this address then; null for any other. */
  at(address: string, timeMicros: number): Holder | null {
    return this.listedAt(address, timeMicros) ?? this.ownAt(address);
  }

  /** Node of which the API tells that it had this address then; null for any other. */
  listedAt(address: string, timeMicros: number): Holder | null {
    const holder = this.#byAddress.get(address);
    if (holder !== undefined) return holder;
    const gone = this.#gone.get(address);
    return gone !== undefined && timeMicros < gone.untilMicros ? gone.holder : null;
  }

  /** Whether a node that is gone had this address. */
  wasAt(address: string): boolean {
    return this.#gone.get(address) !== undefined;
  }

  /** Whether nodes have addresses in this neighbourhood. */
  isIn(neighbourhood: string): boolean {
    return this.#neighbourhoods.has(neighbourhood);
  }

  #rebuild(): void {
    this.#byAddress.clear();
    this.#neighbourhoods.clear();
    for (const node of this.#nodes.values()) {
      const holder = nodeHolder(node.name);
      const router = nodeHolder(node.name, true);
      for (const address of node.routerAddresses) this.#byAddress.set(address, router);
      for (const address of node.addresses) {
        this.#byAddress.set(address, holder);
        this.#neighbourhoods.add(neighbourhoodOf(address));
      }
    }
  }
}
