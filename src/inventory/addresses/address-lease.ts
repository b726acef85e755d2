import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { OWNER_UPDATE_MICROS } from "../../model/waiting-times.ts";
import { type AddressOwner, podAddressOwner } from "./address-owner.ts";
import type { UpdateLag } from "./update-lag.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** `endedMicros` is the end of the second in which the pod ended. */
const SECOND_MICROS = 1e6;
/** A container's first packet may precede the recorded start of the container. */
const START_MICROS = 100_000;

/**
 * The lease of one address to one pod: from the update that reports the address to the update that removes it. The pod
 * really has the address somewhat earlier, and loses it somewhat earlier; the API's timestamps (whole seconds) and the
 * order of the updates bound by how much.
 */
export class AddressLease {
  pod: PodRecord;
  /** Time of the update that reported the address; `-Infinity`: valid for all time. */
  readonly fromMicros: number;
  /** First moment at which the pod certainly no longer has the address. */
  toMicros: number;
  /** Time of the update that reported the pod's creation, before it had an address; null without such an update. */
  readonly #createdUpdateMicros: number | null;
  /** Time of the first update that reported the request to delete the pod, or its end. */
  #endingUpdateMicros = NEVER;
  /** Time of the update that reported the pod's end; after a relist, the last time at which the pod was known to exist. */
  #endedUpdateMicros = NEVER;
  /** The pod's record while it had the address. */
  #leasedPod: PodRecord;
  /** Both created on first use: most leases are never looked up. */
  #owner: AddressOwner | null = null;
  #endedOwner: AddressOwner | null = null;

  constructor(pod: PodRecord, createdUpdateMicros: number | null, timeMicros: number) {
    this.pod = pod;
    this.#createdUpdateMicros = createdUpdateMicros;
    this.fromMicros = timeMicros;
    this.#leasedPod = pod;
    this.toMicros = NEVER;
    this.update(pod, timeMicros);
  }

  /** The owner during the lease. */
  get owner(): AddressOwner {
    this.#owner ??= podAddressOwner("pod", this.#leasedPod);
    return this.#owner;
  }

  /** The owner after the lease. */
  get endedOwner(): AddressOwner {
    this.#endedOwner ??= podAddressOwner("ended-pod", this.#leasedPod);
    return this.#endedOwner;
  }

  /** Applies an update of the pod, which has the address or had it until it ended. */
  update(pod: PodRecord, timeMicros: number): void {
    this.pod = pod;
    this.#leasedPod = pod;
    this.#owner = null;
    this.#endedOwner = null;
    if (pod.deletionRequestedMicros !== null) {
      this.#endingUpdateMicros = Math.min(this.#endingUpdateMicros, timeMicros);
    }
    if (pod.endedMicros === null || this.toMicros !== NEVER) return;
    // A pod from a list may have ended long before the update; only the API's timestamp dates its end.
    const isListed = timeMicros <= pod.createdMicros;
    this.toMicros = isListed ? pod.endedMicros : Math.min(pod.endedMicros, timeMicros);
    this.#endingUpdateMicros = Math.min(this.#endingUpdateMicros, timeMicros);
    this.#endedUpdateMicros = Math.min(this.#endedUpdateMicros, timeMicros);
  }

  /** Ends the lease: the pod was deleted, or got another address, between the two times. */
  end(pod: PodRecord, timeMicros: number, untilMicros: number): void {
    if (this.toMicros <= timeMicros) return;
    this.pod = pod;
    this.toMicros = Math.min(untilMicros, pod.endedMicros ?? untilMicros);
    this.#endedUpdateMicros = Math.min(this.#endedUpdateMicros, timeMicros);
    this.#endingUpdateMicros = Math.min(this.#endingUpdateMicros, timeMicros);
  }

  /** Whether the pod may have sent a packet at `timeMicros`, before the update that reports its address. */
  couldSendBeforeUpdate(timeMicros: number, lag: UpdateLag): boolean {
    const { createdMicros, startedMicros } = this.pod;
    return (
      createdMicros <= timeMicros &&
      (startedMicros === null || startedMicros - START_MICROS <= timeMicros) &&
      (this.#createdUpdateMicros === null || lag.earliestChange(this.#createdUpdateMicros) <= timeMicros) &&
      // A list reports pods long after they got their addresses, but says when their containers started.
      (lag.unreadSince(this.fromMicros) - OWNER_UPDATE_MICROS <= timeMicros ||
        (this.#createdUpdateMicros === null && startedMicros !== null))
    );
  }

  /** From this time on the address may have belonged to the successor instead. */
  certainUntilMicros(successor: AddressLease, lag: UpdateLag): number {
    return Math.max(this.#earliestEnd(lag), this.#endBefore(successor, lag));
  }

  /** Without an update about its end, the lease may have ended at any time. */
  #earliestEnd(lag: UpdateLag): number {
    const { endedMicros } = this.pod;
    if (endedMicros !== null && endedMicros !== NEVER) return endedMicros - SECOND_MICROS;
    if (this.#endingUpdateMicros === NEVER) return Number.NEGATIVE_INFINITY;
    return lag.earliestChange(this.#endingUpdateMicros);
  }

  /** A watch preserves order: a successor that is reported only after this lease's end was created after that end. */
  #endBefore(successor: AddressLease, lag: UpdateLag): number {
    const successorMicros = successor.#createdUpdateMicros ?? successor.fromMicros;
    if (successorMicros < this.#endedUpdateMicros) return Number.NEGATIVE_INFINITY;
    return lag.earliestChange(this.#endedUpdateMicros);
  }
}

/** Orders leases that were both reported after the packet by their beginning; 0 if the order is unknown. */
export function byStart(a: AddressLease, b: AddressLease): number {
  const [first, second] = [a.pod.startedMicros, b.pod.startedMicros];
  return first === null || second === null ? a.fromMicros - b.fromMicros : first - second;
}
