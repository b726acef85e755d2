import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { FurtherAddresses } from "./additional-addresses.ts";
import { IpOwnership } from "./ip-ownership.ts";
import { PodRanges } from "./pod-ranges.ts";
import type { UpdateLag } from "./update-lag.ts";

/** Pods that go between two looks at addresses that nobody holds any more. */
const PRUNE_EVERY = 256;
/** Facts of an attempt come up to two minutes after its first packet. */
const ENDED_MEMORY_MICROS = 180e6;

/** All that pods tell of addresses: their own over time, those on further networks, and whether ranges are kept. */
export class PodAddresses {
  readonly ownership: IpOwnership;
  readonly further: FurtherAddresses;
  readonly ranges: PodRanges;
  #removedPods = 0;

  /** `pods` lists all that are known. */
  constructor(lag: UpdateLag, pods: () => Iterable<PodRecord>) {
    this.ownership = new IpOwnership(lag);
    this.further = new FurtherAddresses(lag);
    this.ranges = new PodRanges(pods);
  }

  /** `old`: what was known of the pod before. */
  update(old: PodRecord | undefined, pod: PodRecord, timeMicros: number): void {
    if (old !== undefined) {
      this.ranges.removePod(old);
      for (const address of old.addresses) {
        if (!pod.addresses.includes(address)) this.ownership.remove({ ...old, addresses: [address] }, timeMicros);
      }
    }
    this.ranges.addPod(pod);
    this.ownership.update(pod, timeMicros);
    this.further.update(old, pod, timeMicros);
  }

  /** The pod is gone, since a moment between `timeMicros` and `untilMicros`. `known`: what was known of it before. */
  remove(known: PodRecord | undefined, pod: PodRecord, timeMicros: number, untilMicros: number): void {
    if (known !== undefined) this.ranges.removePod(known);
    this.ownership.remove(pod, timeMicros, untilMicros);
    this.further.remove(pod, timeMicros, untilMicros);
    if (++this.#removedPods % PRUNE_EVERY !== 0) return;
    this.ownership.prune(timeMicros - ENDED_MEMORY_MICROS);
    this.further.prune(timeMicros - ENDED_MEMORY_MICROS);
  }
}
