import { GenerationalCache } from "../../bounded/generational-cache.ts";
import type { NodeRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { ENDED_MICROS } from "../../model/waiting-times.ts";
import { type AddressOwner, nodeOwner } from "./address-owner.ts";
import { prefixOf } from "./address-prefix.ts";

const MAX_DELETED = 4_096;

interface DeletedOwner {
  readonly owner: AddressOwner;
  readonly untilMicros: number;
}

/** Addresses of nodes: from the node's status, from CNI annotations, and from the interfaces of the agent's own node. */
export class NodeAddresses {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #own = new Map<string, AddressOwner>();
  readonly #byAddress = new Map<string, AddressOwner>();
  /** Addresses of deleted nodes: an attempt is decided minutes after its first packet. */
  readonly #deleted = new GenerationalCache<string, DeletedOwner>(MAX_DELETED, { maxAgeMicros: ENDED_MICROS });
  readonly #prefixes = new Set<string>();

  /** Sets the addresses of this node's own interfaces. Returns whether they have changed. */
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
    this.#deleted.advance(timeMicros);
    for (const address of [...(old?.addresses ?? []), ...(old?.routerAddresses ?? [])]) {
      this.#deleted.set(address, { owner: nodeOwner(name), untilMicros: timeMicros });
    }
    this.#nodes.delete(name);
    this.#rebuild();
  }

  /** Forgets deleted nodes. */
  restart(): void {
    this.#deleted.clear();
  }

  /** This node, if one of its own interfaces has the address. */
  ownAt(address: string): AddressOwner | null {
    return this.#own.get(address) ?? null;
  }

  /** The node that had the address at that time; null if none had. */
  at(address: string, timeMicros: number): AddressOwner | null {
    return this.listedAt(address, timeMicros) ?? this.ownAt(address);
  }

  /** As `at`, by the API alone. */
  listedAt(address: string, timeMicros: number): AddressOwner | null {
    const owner = this.#byAddress.get(address);
    if (owner !== undefined) return owner;
    const deleted = this.#deleted.get(address);
    return deleted !== undefined && timeMicros < deleted.untilMicros ? deleted.owner : null;
  }

  /** Whether a deleted node had the address. */
  wasAt(address: string): boolean {
    return this.#deleted.get(address) !== undefined;
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
