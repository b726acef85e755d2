import { type AddressOwner, OUTSIDE, serviceOwner } from "./addresses/address-owner.ts";
import type { IpOwnership } from "./addresses/ip-ownership.ts";
import type { NodeAddresses } from "./addresses/node-addresses.ts";
import type { PodAddresses } from "./addresses/pod-addresses.ts";
import type { PodRanges } from "./addresses/pod-ranges.ts";
import type { RoutedRanges } from "./addresses/routed-ranges.ts";
import type { SecondaryAddresses } from "./addresses/secondary-addresses.ts";
import { VersionedCache } from "./addresses/versioned-cache.ts";
import type { Services } from "./services.ts";

const FOR_ALL_TIME = Number.NEGATIVE_INFINITY;

/** The owner of an address within an interval, by all updates so far. Most addresses have one owner at all relevant times. */
export interface StableOwner {
  readonly owner: AddressOwner;
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** An empty interval: the owner depends on the time or the port. */
const UNSTABLE: StableOwner = { owner: OUTSIDE, fromMicros: Number.POSITIVE_INFINITY, toMicros: FOR_ALL_TIME };

/**
 * Finds the owner of an address among pods over time, nodes, Services, pod ranges of the API and of routes, and pods on
 * secondary networks.
 */
export class AddressOwners {
  readonly #ownership: IpOwnership;
  readonly #nodes: NodeAddresses;
  readonly #services: Services;
  readonly #ranges: PodRanges;
  readonly #secondary: SecondaryAddresses;
  readonly #routed: RoutedRanges;
  readonly #stableOwners = new VersionedCache<StableOwner>();

  constructor({ ownership, ranges, secondary, routed }: PodAddresses, nodes: NodeAddresses, services: Services) {
    this.#ownership = ownership;
    this.#ranges = ranges;
    this.#secondary = secondary;
    this.#routed = routed;
    this.#nodes = nodes;
    this.#services = services;
  }

  /** `version`: of the index. `port` selects among Services that share an address. */
  at(address: string, timeMicros: number, port: number | null, version: number): AddressOwner {
    const stable = this.stableAt(address, version);
    if (stable.fromMicros <= timeMicros && timeMicros < stable.toMicros) return stable.owner;
    const pod = this.#ownership.at(address, timeMicros);
    if (pod?.type === "pod" || pod?.type === "ambiguous") return pod;
    const other = this.#otherOwner(address, timeMicros, port);
    return other.type === "node" ? other : (pod ?? other);
  }

  /** The owner and the time for which it is certain by the updates so far; an empty interval: it depends on time or port. */
  stableAt(address: string, version: number): StableOwner {
    return this.#stableOwners.get(address, version) ?? this.#findStable(address);
  }

  #otherOwner(address: string, timeMicros: number, port: number | null): AddressOwner {
    const service = this.#services.atAddress(address, port, timeMicros);
    const node = this.#nodes.listedAt(address, timeMicros);
    if (node !== null) return node;
    // kube-proxy and load balancers put Service addresses on node interfaces: kube-ipvs0, kube-vip, keepalived.
    if (service !== null) return serviceOwner(service);
    const own = this.#nodes.ownAt(address);
    if (own !== null) return own;
    const inRange = this.#ranges.at(address);
    if (inRange.type !== "outside") return inRange;
    const inside = this.#secondary.at(address, timeMicros) ?? this.#routed.at(address);
    const claimed = inside.type === "outside" && port !== null ? this.#services.claimedAt(address, port) : null;
    return claimed === null ? inside : serviceOwner(claimed, true);
  }

  /** A pod that alone has had the address, or an owner that depends on neither time nor port. */
  #findStable(address: string): StableOwner {
    let stable = UNSTABLE;
    const leases = this.#ownership.leasesOf(address);
    const [lease] = leases;
    if (lease !== undefined) {
      if (leases.length === 1) stable = { owner: lease.owner, fromMicros: lease.fromMicros, toMicros: lease.toMicros };
    } else if (
      !this.#nodes.wasAt(address) &&
      !this.#services.needsPortOrTime(address) &&
      !this.#secondary.has(address)
    ) {
      const owner = this.#otherOwner(address, FOR_ALL_TIME, null);
      stable = { owner, fromMicros: FOR_ALL_TIME, toMicros: Number.POSITIVE_INFINITY };
    }
    this.#stableOwners.set(address, stable);
    return stable;
  }
}
