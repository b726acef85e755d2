import { TwoGenerationMap } from "../../bounded/two-generation-map.ts";
import type { NodeRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { type AddressOwner, nodeOwner } from "./address-owner.ts";
import { prefixOf } from "./address-prefix.ts";

const MAX_GONE = 4_096;

/**
 * Addresses of nodes: what the API lists, what the CNI notes in annotations, what the agent finds on its own
 * interfaces.
 */
export class NodeAddresses {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #own = new Map<string, AddressOwner>();
  readonly #byAddress = new Map<string, AddressOwner>();
  /** Addresses of nodes that are gone: attempts are decided minutes after their first packet. */
  readonly #gone = new TwoGenerationMap<string, { readonly owner: AddressOwner; readonly untilMicros: number }>(
    MAX_GONE,
  );
  readonly #prefixes = new Set<string>();

  /** Addresses of this node's own interfaces, as they are now; true where that is new. */
  setOwn(node: string, addresses: readonly string[]): boolean {
    if (addresses.length === this.#own.size && addresses.every((address) => this.#own.has(address))) return false;
    const owner = nodeOwner(node);
    this.#own.clear();
    for (const address of addresses) this.#own.set(address, owner);
    return true;
  }

  update(record: NodeRecord): void {
    this.#nodes.set(record.name, record);
    this.#rebuild();
  }

  remove(name: string, timeMicros: number): void {
    const old = this.#nodes.get(name);
    for (const address of [...(old?.addresses ?? []), ...(old?.routerAddresses ?? [])]) {
      this.#gone.set(address, { owner: nodeOwner(name), untilMicros: timeMicros });
    }
    this.#nodes.delete(name);
    this.#rebuild();
  }

  /** This node, where the address is on one of its own interfaces. */
  ownAt(address: string): AddressOwner | null {
    return this.#own.get(address) ?? null;
  }

  /** Node that had this address then; null for any other. */
  at(address: string, timeMicros: number): AddressOwner | null {
    return this.listedAt(address, timeMicros) ?? this.ownAt(address);
  }

  /** Node of which the API tells that it had this address then; null for any other. */
  listedAt(address: string, timeMicros: number): AddressOwner | null {
    const owner = this.#byAddress.get(address);
    if (owner !== undefined) return owner;
    const gone = this.#gone.get(address);
    return gone !== undefined && timeMicros < gone.untilMicros ? gone.owner : null;
  }

  /** Whether a node that is gone had this address. */
  wasAt(address: string): boolean {
    return this.#gone.get(address) !== undefined;
  }

  /** Whether nodes have addresses in this prefix. */
  isIn(prefix: string): boolean {
    return this.#prefixes.has(prefix);
  }

  #rebuild(): void {
    this.#byAddress.clear();
    this.#prefixes.clear();
    for (const node of this.#nodes.values()) {
      const owner = nodeOwner(node.name);
      const router = nodeOwner(node.name, true);
      for (const address of node.routerAddresses) this.#byAddress.set(address, router);
      for (const address of node.addresses) {
        this.#byAddress.set(address, owner);
        this.#prefixes.add(prefixOf(address));
      }
    }
  }
}
