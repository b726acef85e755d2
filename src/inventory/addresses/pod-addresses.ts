import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { ENDED_MICROS } from "../../model/waiting-times.ts";
import { IpOwnership } from "./ip-ownership.ts";
import { PodRanges } from "./pod-ranges.ts";
import { RoutedRanges } from "./routed-ranges.ts";
import { SecondaryAddresses } from "./secondary-addresses.ts";
import type { UpdateLag } from "./update-lag.ts";

/** Ended leases are pruned after as many deleted pods. */
const PRUNE_EVERY = 256;

/** Applies each update of a pod to its leases, its addresses on secondary networks, and the use of ranges. */
export class PodAddresses {
  readonly ownership: IpOwnership;
  readonly secondary: SecondaryAddresses;
  readonly ranges: PodRanges;
  readonly routed: RoutedRanges;
  #removedPods = 0;

  /** `pods` returns all known pods. */
  constructor(lag: UpdateLag, pods: () => Iterable<PodRecord>) {
    this.ownership = new IpOwnership(lag);
    this.secondary = new SecondaryAddresses(lag);
    this.ranges = new PodRanges(pods);
    this.routed = new RoutedRanges(pods);
  }

  /** `old`: the pod's record before this update. */
  update(old: PodRecord | undefined, pod: PodRecord, timeMicros: number): void {
    if (old !== undefined) {
      this.ranges.removePod(old);
      this.routed.countPod(old, -1);
      for (const address of old.addresses) {
        if (!pod.addresses.includes(address)) this.ownership.remove({ ...old, addresses: [address] }, timeMicros);
      }
    }
    this.ranges.addPod(pod);
    this.routed.countPod(pod, 1);
    this.ownership.update(pod, timeMicros);
    this.secondary.update(old, pod, timeMicros);
  }

  /** What `pods` have now counts for all time. */
  restart(pods: readonly PodRecord[]): void {
    this.ownership.restart(pods);
    this.secondary.restart(pods);
  }

  /** The pod was deleted between `timeMicros` and `untilMicros`. `old`: its record before this update. */
  remove(old: PodRecord | undefined, pod: PodRecord, timeMicros: number, untilMicros: number): void {
    if (old !== undefined) {
      this.ranges.removePod(old);
      this.routed.countPod(old, -1);
    }
    this.ownership.remove(pod, timeMicros, untilMicros);
    this.secondary.remove(pod, timeMicros, untilMicros);
    if (++this.#removedPods % PRUNE_EVERY !== 0) return;
    this.ownership.prune(timeMicros - ENDED_MICROS);
    this.secondary.prune(timeMicros - ENDED_MICROS);
  }
}
