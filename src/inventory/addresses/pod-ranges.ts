import { GenerationalCache } from "../../bounded/generational-cache.ts";
import type { NodeRecord, PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";
import { AddressRange } from "../../model/address-range.ts";
import { type AddressOwner, OUTSIDE, podRangeOwner, unlistedOwner } from "./address-owner.ts";
import { PrefixIndex } from "./prefix-index.ts";

interface NodeRange {
  readonly range: AddressRange;
  /** Owner of the first addresses: the bridge has `.1`, flannel.1 has `.0`. */
  readonly gateway: AddressOwner;
  /** Owner of all other addresses. */
  readonly pods: AddressOwner;
}

const MAX_CACHED = 16_384;
const GATEWAY_ADDRESSES = 2;
const NONE: readonly NodeRange[] = [];

const words = new Int32Array(ADDRESS_WORDS);

/**
 * The nodes' pod ranges. An address in a range that no known pod has belongs to the node if it is one of the first, else
 * to an unreported pod. Many networks assign addresses regardless of these ranges (Calico's IP blocks, cloud networks);
 * if the addresses of the known pods show this, the ranges are ignored.
 */
export class PodRanges {
  readonly #pods: () => Iterable<PodRecord>;
  readonly #byNode = new Map<string, readonly NodeRange[]>();
  /** The ranges of all nodes; null until they are collected again after a change. */
  #all: PrefixIndex<NodeRange> | null = null;
  readonly #cache = new GenerationalCache<string, AddressOwner>(MAX_CACHED);
  /** Pod addresses in a range of the pod's node, and in a range of another node. */
  #agreeing = 0;
  #contradicting = 0;
  #isCounted = true;

  /** `pods` returns all known pods. */
  constructor(pods: () => Iterable<PodRecord>) {
    this.#pods = pods;
  }

  update({ name, podCidrs }: NodeRecord): void {
    const owners = { gateway: podRangeOwner(name), pods: unlistedOwner(name) };
    const ranges = podCidrs.map((cidr) => AddressRange.parse(cidr)).filter((range) => range !== null);
    this.#byNode.set(
      name,
      ranges.map((range) => ({ ...owners, range })),
    );
    this.#changed();
  }

  remove(node: string): void {
    this.#byNode.delete(node);
    this.#changed();
  }

  addPod(pod: PodRecord): void {
    if (this.#isCounted) this.#count(pod, 1);
  }

  removePod(pod: PodRecord): void {
    if (this.#isCounted) this.#count(pod, -1);
  }

  /** The owner by the ranges alone; `OUTSIDE` if no range contains the address. */
  at(address: string): AddressOwner {
    if (this.#ranges().isEmpty || !this.#areUsed()) return OUTSIDE;
    let owner = this.#cache.get(address);
    if (owner === undefined) {
      owner = this.#find(address);
      this.#cache.set(address, owner);
    }
    return owner;
  }

  /** Whether pod addresses come from the ranges of their nodes, except for a few pods that have moved. */
  #areUsed(): boolean {
    if (!this.#isCounted) {
      this.#isCounted = true;
      this.#agreeing = 0;
      this.#contradicting = 0;
      for (const pod of this.#pods()) this.#count(pod, 1);
    }
    return 2 * this.#contradicting <= this.#agreeing;
  }

  #ranges(): PrefixIndex<NodeRange> {
    this.#all ??= new PrefixIndex([...this.#byNode.values()].flat().map((value) => ({ range: value.range, value })));
    return this.#all;
  }

  #changed(): void {
    this.#all = null;
    this.#cache.clear();
    this.#isCounted = false;
  }

  #find(address: string): AddressOwner {
    if (!parseAddressInto(address, words, 0)) return OUTSIDE;
    const found = this.#ranges().find(words, 0);
    if (found === undefined) return OUTSIDE;
    return found.range.isAmongFirst(words, 0, GATEWAY_ADDRESSES) ? found.gateway : found.pods;
  }

  #count({ nodeName, addresses }: PodRecord, by: 1 | -1): void {
    if (nodeName === null) return;
    const own = this.#byNode.get(nodeName) ?? NONE;
    for (const address of addresses) {
      if (!parseAddressInto(address, words, 0)) continue;
      if (own.some(({ range }) => range.contains(words, 0))) this.#agreeing += by;
      else if (this.#ranges().find(words, 0) !== undefined) this.#contradicting += by;
    }
  }
}
