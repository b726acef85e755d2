import type { FurtherAddresses } from "./addresses/additional-addresses.ts";
import { type AddressOwner, OUTSIDE, serviceOwner } from "./addresses/address-owner.ts";
import type { IpOwnership } from "./addresses/ip-ownership.ts";
import type { NodeAddresses } from "./addresses/node-addresses.ts";
import type { PodAddresses } from "./addresses/pod-addresses.ts";
import type { PodRanges } from "./addresses/pod-ranges.ts";
import { UntilUpdate } from "./addresses/until-update.ts";
import type { Services } from "./services.ts";

const FOR_ALL_TIME = Number.NEGATIVE_INFINITY;

/** Who has an address within these times, by all news so far. Most addresses have one owner whenever it matters. */
interface StableOwner {
  readonly owner: AddressOwner;
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** Time or port decide who it is. */
const NOBODY: StableOwner = { owner: OUTSIDE, fromMicros: Number.POSITIVE_INFINITY, toMicros: FOR_ALL_TIME };

/** Whose an address is, of all who may have one: pods over time, nodes, Services, ranges, pods on further networks. */
export class AddressOwners {
  readonly #ownership: IpOwnership;
  readonly #nodes: NodeAddresses;
  readonly #services: Services;
  readonly #ranges: PodRanges;
  readonly #further: FurtherAddresses;
  readonly #steady = new UntilUpdate<StableOwner>();

  constructor({ ownership, ranges, further }: PodAddresses, nodes: NodeAddresses, services: Services) {
    this.#ownership = ownership;
    this.#ranges = ranges;
    this.#further = further;
    this.#nodes = nodes;
    this.#services = services;
  }

  /** `version` counts the news; `port` tells Services with one address apart. */
  at(address: string, timeMicros: number, port: number | null, version: number): AddressOwner {
    const steady = this.#steady.get(address, version) ?? this.#findSteady(address);
    if (steady.fromMicros <= timeMicros && timeMicros < steady.toMicros) return steady.owner;
    const pod = this.#ownership.at(address, timeMicros);
    if (pod?.type === "pod" || pod?.type === "ambiguous") return pod;
    const other = this.#otherOwner(address, timeMicros, port);
    return other.type === "node" ? other : (pod ?? other);
  }

  #otherOwner(address: string, timeMicros: number, port: number | null): AddressOwner {
    const service = this.#services.atAddress(address, port, timeMicros);
    const node = this.#nodes.listedAt(address, timeMicros);
    if (node !== null) return node;
    // On an interface of the node it may stand for kube-proxy, or for a balancer: kube-ipvs0, kube-vip, keepalived.
    if (service !== null) return serviceOwner(service);
    const own = this.#nodes.ownAt(address);
    if (own !== null) return own;
    const inRange = this.#ranges.at(address);
    return inRange.type === "outside" ? (this.#further.at(address, timeMicros) ?? inRange) : inRange;
  }

  /** A pod that has had the address alone; or whose it is for all time, where the port has no say either. */
  #findSteady(address: string): StableOwner {
    let steady = NOBODY;
    const leases = this.#ownership.leasesOf(address);
    const [lease] = leases;
    if (lease !== undefined) {
      if (leases.length === 1) steady = { owner: lease.held, fromMicros: lease.fromMicros, toMicros: lease.toMicros };
    } else if (!this.#nodes.wasAt(address) && !this.#services.dependOnMore(address) && !this.#further.has(address)) {
      const owner = this.#otherOwner(address, FOR_ALL_TIME, null);
      steady = { owner, fromMicros: FOR_ALL_TIME, toMicros: Number.POSITIVE_INFINITY };
    }
    this.#steady.set(address, steady);
    return steady;
  }
}
