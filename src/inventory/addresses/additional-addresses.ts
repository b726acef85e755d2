import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import type { AddressOwner } from "./address-owner.ts";
import { IpOwnership } from "./ip-ownership.ts";
import type { UpdateLag } from "./update-lag.ts";

/**
 * Addresses that pods have on networks besides the cluster's. Such a network may be one of many that are all numbered
 * alike, one on each node: an address that pods of several nodes have says nothing.
 */
export class FurtherAddresses {
  readonly #ownership: IpOwnership;

  constructor(lag: UpdateLag) {
    this.#ownership = new IpOwnership(lag);
  }

  /** `old`: what was known of the pod before. */
  update(old: PodRecord | undefined, pod: PodRecord, timeMicros: number): void {
    for (const address of old?.furtherAddresses ?? []) {
      if (!pod.furtherAddresses.includes(address)) this.#ownership.remove({ ...pod, addresses: [address] }, timeMicros);
    }
    if (pod.furtherAddresses.length > 0) this.#ownership.update(withFurther(pod), timeMicros);
  }

  remove(pod: PodRecord, timeMicros: number, untilMicros: number): void {
    if (pod.furtherAddresses.length > 0) this.#ownership.remove(withFurther(pod), timeMicros, untilMicros);
  }

  prune(timeMicros: number): void {
    this.#ownership.prune(timeMicros);
  }

  has(address: string): boolean {
    return this.#ownership.leasesOf(address).length > 0;
  }

  /** Who had the address then; null where nobody had it, or pods of several nodes. */
  at(address: string, timeMicros: number): AddressOwner | null {
    const leases = this.#ownership.leasesOf(address);
    let node: string | null | undefined;
    for (const { pod, fromMicros, toMicros } of leases) {
      if (fromMicros > timeMicros || toMicros <= timeMicros) continue;
      if (node !== undefined && node !== pod.nodeName) return null;
      node = pod.nodeName;
    }
    return this.#ownership.at(address, timeMicros);
  }
}

function withFurther(pod: PodRecord): PodRecord {
  return { ...pod, addresses: pod.furtherAddresses };
}
