import type { FurtherAddresses } from "./addresses/additional-addresses.ts";
import { type Holder, OUTSIDE, serviceHolder } from "./addresses/address-owner.ts";
import type { IpOwnership } from "./addresses/ip-ownership.ts";
import type { NodeAddresses } from "./addresses/node-addresses.ts";
import type { PodAddresses } from "./addresses/pod-addresses.ts";
import type { PodRanges } from "./addresses/pod-ranges.ts";
import type { Services } from "./services.ts";
import { UntilNews } from "./addresses/until-update.ts";

const FOR_ALL_TIME = Number.NEGATIVE_INFINITY;

/** Who has an address within these times, by all news so far. Most addresses have one holder whenever it matters. */
interface SteadyHolder {
  readonly holder: Holder;
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** Time or port decide who it is. */
const NOBODY: SteadyHolder = { holder: OUTSIDE, fromMicros: Number.POSITIVE_INFINITY, toMicros: FOR_ALL_TIME };

/** Whose an address is, of all who may have one: pods over time, nodes, Services, ranges, pods on further networks. */
export class AddressHolders {
  readonly #ownership: IpOwnership;
  readonly #nodes: NodeAddresses;
  readonly #services: Services;
  readonly #ranges: PodRanges;
  readonly #further: FurtherAddresses;
  readonly #steady = new UntilNews<SteadyHolder>();

  constructor({ ownership, ranges, further }: PodAddresses, nodes: NodeAddresses, services: Services) {
    this.#ownership = ownership;
    this.#ranges = ranges;
    this.#further = further;
    this.#nodes = nodes;
    this.#services = services;
  }

  /** `version` counts the news; `port` tells Services with one address apart. */
  at(address: string, timeMicros: number, port: number | null, version: number): Holder {
    const steady = this.#steady.get(address, version) ?? this.#findSteady(address);
    if (steady.fromMicros <= timeMicros && timeMicros < steady.toMicros) return steady.holder;
    const pod = this.#ownership.at(address, timeMicros);
    if (pod?.type === "pod" || pod?.type === "contested") return pod;
    const other = this.#otherHolder(address, timeMicros, port);
    return other.type === "node" ? other : (pod ?? other);
  }

  #otherHolder(address: string, timeMicros: number, port: number | null): Holder {
    const service = this.#services.atAddress(address, port, timeMicros);
    const node = this.#nodes.listedAt(address, timeMicros);
    if (node !== null) return node;
    // On an interface of the node it may stand for kube-proxy, or for a balancer: kube-ipvs0, kube-vip, keepalived.
    if (service !== null) return serviceHolder(service);
    const own = this.#nodes.ownAt(address);
    if (own !== null) return own;
    const inRange = this.#ranges.at(address);
    return inRange.type === "outside" ? (this.#further.at(address, timeMicros) ?? inRange) : inRange;
  }

  /** A pod that has had the address alone; or whose it is for all time, where the port has no say either. */
  #findSteady(address: string): SteadyHolder {
    let steady = NOBODY;
    const claims = this.#ownership.claimsOf(address);
    const [claim] = claims;
    if (claim !== undefined) {
      if (claims.length === 1) steady = { holder: claim.held, fromMicros: claim.fromMicros, toMicros: claim.toMicros };
    } else if (!this.#nodes.wasAt(address) && !this.#services.dependOnMore(address) && !this.#further.has(address)) {
      const holder = this.#otherHolder(address, FOR_ALL_TIME, null);
      steady = { holder, fromMicros: FOR_ALL_TIME, toMicros: Number.POSITIVE_INFINITY };
    }
    this.#steady.set(address, steady);
    return steady;
  }
}
