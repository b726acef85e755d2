import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import type { AddressOwner } from "./address-owner.ts";
import { IpOwnership } from "./ip-ownership.ts";
import type { UpdateLag } from "./update-lag.ts";

/**
 * Addresses of pods on secondary networks (Multus). Every node may have such a network with the same numbering, so an
 * address that pods of several nodes have at one time has no owner. The annotation that lists them is the pod owner's to
 * write: it says nothing about addresses outside the cluster.
 */
export class SecondaryAddresses {
  readonly #ownership: IpOwnership;
  #mayBeInside: (address: string) => boolean = () => true;

  constructor(lag: UpdateLag) {
    this.#ownership = new IpOwnership(lag);
  }

  /** `old`: the pod's record before this update. */
  update(old: PodRecord | undefined, pod: PodRecord, timeMicros: number): void {
    for (const address of old?.secondaryAddresses ?? []) {
      if (!pod.secondaryAddresses.includes(address)) {
        this.#ownership.remove({ ...pod, addresses: [address] }, timeMicros);
      }
    }
    if (pod.secondaryAddresses.length > 0) this.#ownership.update(withSecondary(pod), timeMicros);
  }

  remove(pod: PodRecord, timeMicros: number, untilMicros: number): void {
    if (pod.secondaryAddresses.length > 0) this.#ownership.remove(withSecondary(pod), timeMicros, untilMicros);
  }

  /** Forgets all leases, and leases each pod its addresses for all time. */
  restart(pods: Iterable<PodRecord>): void {
    const withAddresses = [...pods].filter(({ secondaryAddresses }) => secondaryAddresses.length > 0);
    this.#ownership.restart(withAddresses.map(withSecondary));
  }

  /** From now on only these addresses have owners. */
  restrictTo(mayBeInside: (address: string) => boolean): void {
    this.#mayBeInside = mayBeInside;
  }

  prune(timeMicros: number): void {
    this.#ownership.prune(timeMicros);
  }

  has(address: string): boolean {
    return this.#ownership.leasesOf(address).length > 0;
  }

  /** The owner at that time; null if there was none, or if pods of several nodes had the address. */
  at(address: string, timeMicros: number): AddressOwner | null {
    const leases = this.#ownership.leasesOf(address);
    if (leases.length === 0 || !this.#mayBeInside(address)) return null;
    let node: string | null | undefined;
    for (const { pod, fromMicros, toMicros } of leases) {
      if (fromMicros > timeMicros || toMicros <= timeMicros) continue;
      if (node !== undefined && node !== pod.nodeName) return null;
      node = pod.nodeName;
    }
    return this.#ownership.at(address, timeMicros);
  }
}

function withSecondary(pod: PodRecord): PodRecord {
  return { ...pod, addresses: pod.secondaryAddresses };
}
