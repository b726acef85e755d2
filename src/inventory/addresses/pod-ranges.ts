import { TwoGenerationMap } from "../../bounded/two-generation-map.ts";
import type { NodeRecord, PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";
import { AddressRange } from "../../model/address-range.ts";
import { type AddressOwner, OUTSIDE, podRangeOwner, unlistedOwner } from "./address-owner.ts";

interface NodeRange {
  readonly range: AddressRange;
  /** Whose the first addresses are: the bridge has `.1`, flannel.1 `.0`. */
  readonly gateway: AddressOwner;
  /** Whose all others are. */
  readonly pods: AddressOwner;
}

const MAX_REMEMBERED = 16_384;
const GATEWAY_ADDRESSES = 2;
const NONE: readonly NodeRange[] = [];

const words = new Int32Array(ADDRESS_WORDS);

/**
 * The nodes' pod ranges. In them an address that no pod is known to have is the node's own, where it is one of the first,
 * else that of a pod that nobody told of. Many networks give out addresses without regard to these ranges (Calico's
 * blocks, cloud networks): where the pods themselves show that, the ranges say nothing.
 */
export class PodRanges {
  readonly #pods: () => Iterable<PodRecord>;
  readonly #byNode = new Map<string, readonly NodeRange[]>();
  /** Those of all nodes, put together when they are needed. */
  #all: readonly NodeRange[] | null = NONE;
  #remembered = new TwoGenerationMap<string, AddressOwner>(MAX_REMEMBERED);
  /** Addresses of pods in a range of their own node's, and of another's. */
  #agreeing = 0;
  #contradicting = 0;
  #isCounted = true;

  /** `pods` lists all that are known. */
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

  /** Whose the address is by the ranges alone; outside all of them otherwise. */
  at(address: string): AddressOwner {
    if (this.#ranges().length === 0 || !this.#areKept()) return OUTSIDE;
    let owner = this.#remembered.get(address);
    if (owner === undefined) {
      owner = this.#find(address);
      this.#remembered.set(address, owner);
    }
    return owner;
  }

  /** Whether pods have addresses of their nodes' ranges: some pod may have moved, with most it is the rule. */
  #areKept(): boolean {
    if (!this.#isCounted) {
      this.#isCounted = true;
      this.#agreeing = 0;
      this.#contradicting = 0;
      for (const pod of this.#pods()) this.#count(pod, 1);
    }
    return 2 * this.#contradicting <= this.#agreeing;
  }

  #ranges(): readonly NodeRange[] {
    this.#all ??= [...this.#byNode.values()].flat();
    return this.#all;
  }

  #changed(): void {
    this.#all = null;
    this.#remembered = new TwoGenerationMap(MAX_REMEMBERED);
    this.#isCounted = false;
  }

  #find(address: string): AddressOwner {
    if (!parseAddressInto(address, words, 0)) return OUTSIDE;
    const found = this.#ranges().find(({ range }) => range.contains(words, 0));
    if (found === undefined) return OUTSIDE;
    return found.range.isAmongFirst(words, 0, GATEWAY_ADDRESSES) ? found.gateway : found.pods;
  }

  #count({ nodeName, addresses }: PodRecord, by: 1 | -1): void {
    if (nodeName === null) return;
    const own = this.#byNode.get(nodeName) ?? NONE;
    for (const address of addresses) {
      if (!parseAddressInto(address, words, 0)) continue;
      if (own.some(({ range }) => range.contains(words, 0))) this.#agreeing += by;
      else if (this.#ranges().some(({ range }) => range.contains(words, 0))) this.#contradicting += by;
    }
  }
}
