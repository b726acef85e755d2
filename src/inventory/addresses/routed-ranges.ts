import type { NodeRecord, PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";
import { AddressRange, type Route } from "../../model/address-range.ts";
import { type AddressOwner, OUTSIDE, podRangeOwner, unlistedOwner } from "./address-owner.ts";
import { PrefixIndex } from "./prefix-index.ts";

/** Length of the prefix of IPv4-mapped addresses. */
const IPV4_PREFIX_BITS = 96;
/** Networks give a node a range of such a length. A wider route leads to more than a node's pods. */
const IPV4_BITS = { from: IPV4_PREFIX_BITS + 20, to: IPV4_PREFIX_BITS + 30 };
const IPV6_BITS = { from: 56, to: 126 };
/** Stands for a host of a range that is no pod. */
const NO_NODE = "";

interface RoutedRange {
  readonly gateway: string;
  /** How many addresses in the range pods of each node have. */
  readonly hosts: Map<string, number>;
}

const words = new Int32Array(ADDRESS_WORDS);

/**
 * Pod ranges of other nodes that the API does not list, by the routes of this node: a range to which it has a route, and
 * in which only pods of one node are. In such a range are the addresses of that node's end of the overlay, too, from
 * which its host processes connect (`cilium_host`, flannel.1).
 */
export class RoutedRanges {
  readonly #pods: () => Iterable<PodRecord>;
  readonly #nodes = new Map<string, NodeRecord>();
  #routes: readonly Route[] = [];
  #ranges = rangesOf([]);

  /** `pods` returns all known pods. */
  constructor(pods: () => Iterable<PodRecord>) {
    this.#pods = pods;
  }

  /** Replaces all routes. Returns whether they have changed. */
  set(routes: readonly Route[]): boolean {
    const isSame = ({ cidr, gateway }: Route, i: number) =>
      cidr === this.#routes[i]?.cidr && gateway === this.#routes[i]?.gateway;
    if (routes.length === this.#routes.length && routes.every(isSame)) return false;
    this.#routes = routes;
    this.#ranges = rangesOf(routes);
    for (const pod of this.#pods()) this.countPod(pod, 1);
    for (const { addresses } of this.#nodes.values()) this.#count(addresses, NO_NODE, 1);
    return true;
  }

  countPod({ nodeName, addresses }: PodRecord, by: 1 | -1): void {
    if (nodeName !== null) this.#count(addresses, nodeName, by);
  }

  updateNode(node: NodeRecord): void {
    this.removeNode(node.name);
    this.#nodes.set(node.name, node);
    this.#count(node.addresses, NO_NODE, 1);
  }

  removeNode(name: string): void {
    this.#count(this.#nodes.get(name)?.addresses ?? [], NO_NODE, -1);
    this.#nodes.delete(name);
  }

  /** The node, at the address of the next hop; else one of its pods; `OUTSIDE` where routes do not show it. */
  at(address: string): AddressOwner {
    const range = this.#rangeOf(address);
    if (range === undefined || range.hosts.size !== 1) return OUTSIDE;
    const [node = NO_NODE] = range.hosts.keys();
    if (node === NO_NODE) return OUTSIDE;
    return range.gateway === address ? podRangeOwner(node) : unlistedOwner(node);
  }

  #count(addresses: readonly string[], node: string, by: 1 | -1): void {
    for (const address of addresses) {
      const hosts = this.#rangeOf(address)?.hosts;
      if (hosts === undefined) continue;
      const count = (hosts.get(node) ?? 0) + by;
      if (count > 0) hosts.set(node, count);
      else hosts.delete(node);
    }
  }

  #rangeOf(address: string): RoutedRange | undefined {
    if (this.#ranges.isEmpty || !parseAddressInto(address, words, 0)) return undefined;
    return this.#ranges.find(words, 0);
  }
}

/** Of routes to the same range, the last one counts. */
function rangesOf(routes: readonly Route[]): PrefixIndex<RoutedRange> {
  const ranges = routes.toReversed().flatMap(({ cidr, gateway }) => {
    const range = AddressRange.parse(cidr);
    return range === null || !isOfNode(range) ? [] : [{ range, value: { gateway, hosts: new Map() } }];
  });
  return new PrefixIndex(ranges);
}

/** Whether a network gives a node a range of this length. */
function isOfNode({ family, prefixBits }: AddressRange): boolean {
  const { from, to } = family === 4 ? IPV4_BITS : IPV6_BITS;
  return from <= prefixBits && prefixBits <= to;
}
