import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { OWNER_UPDATE_MICROS } from "../../model/waiting-times.ts";
import { type AddressOwner, podAddressOwner } from "./address-owner.ts";
import type { UpdateLag } from "./update-lag.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Of `endedMicros`: it stands for the end of the second in which the pod ended. */
const SECOND_MICROS = 1e6;
/** A container's first packet may be faster than the note of its start. */
const START_MICROS = 100_000;

/**
 * One pod's hold on one address: from the news that it has it, to the news that it has it no more. It begins before its
 * first news and ends before its last; how long before, the API's whole seconds and the order of the news tell.
 */
export class AddressLease {
  pod: PodRecord;
  /** News of the address; `-Infinity`: for all time. */
  readonly fromMicros: number;
  /** The first moment at which the pod surely has the address no more. */
  toMicros: number;
  /** News that the pod had been made; null where that was no news. */
  readonly #bornMicros: number | null;
  /** First news that its end was asked for, or had come. */
  #endingMicros = NEVER;
  /** News of its end; of one that was found missing, when it was there last. */
  #goneMicros = NEVER;
  /** The pod as it was while it had the address. */
  #heldPod: PodRecord;
  /** Made when first asked for: most pods come and go unasked. */
  #held: AddressOwner | null = null;
  #ended: AddressOwner | null = null;

  constructor(pod: PodRecord, bornMicros: number | null, timeMicros: number) {
    this.pod = pod;
    this.#bornMicros = bornMicros;
    this.fromMicros = timeMicros;
    this.#heldPod = pod;
    this.toMicros = NEVER;
    this.tell(pod, timeMicros);
  }

  /** What is answered while the lease holds. */
  get held(): AddressOwner {
    this.#held ??= podAddressOwner("pod", this.#heldPod);
    return this.#held;
  }

  /** What is answered after it has ended. */
  get ended(): AddressOwner {
    this.#ended ??= podAddressOwner("ended-pod", this.#heldPod);
    return this.#ended;
  }

  /** News of the pod, which has the address or had it to its end. */
  tell(pod: PodRecord, timeMicros: number): void {
    this.pod = pod;
    this.#heldPod = pod;
    this.#held = null;
    this.#ended = null;
    if (pod.endAskedMicros !== null) this.#endingMicros = Math.min(this.#endingMicros, timeMicros);
    if (pod.endedMicros === null || this.toMicros !== NEVER) return;
    // Known from a list, it may have ended long before; the API's own time tells when, to the second.
    const isListed = timeMicros <= pod.createdMicros;
    this.toMicros = isListed ? pod.endedMicros : Math.min(pod.endedMicros, timeMicros);
    this.#endingMicros = Math.min(this.#endingMicros, timeMicros);
    this.#goneMicros = Math.min(this.#goneMicros, timeMicros);
  }

  /** The pod is gone, or has another address: since a moment between the two. */
  end(pod: PodRecord, timeMicros: number, untilMicros: number): void {
    if (this.toMicros <= timeMicros) return;
    this.pod = pod;
    this.toMicros = Math.min(untilMicros, pod.endedMicros ?? untilMicros);
    this.#goneMicros = Math.min(this.#goneMicros, timeMicros);
    this.#endingMicros = Math.min(this.#endingMicros, timeMicros);
  }

  /** Whether the packet may be one that the pod sent before the news of its address. */
  couldSendBeforeUpdate(timeMicros: number, lag: UpdateLag): boolean {
    const { createdMicros, startedMicros } = this.pod;
    return (
      createdMicros <= timeMicros &&
      (startedMicros === null || startedMicros - START_MICROS <= timeMicros) &&
      (this.#bornMicros === null || this.#bornMicros - lag.at(timeMicros) <= timeMicros) &&
      this.fromMicros - OWNER_UPDATE_MICROS <= timeMicros
    );
  }

  /** From when on this other one may have had the address instead. */
  doubtMicros(heir: AddressLease, lag: UpdateLag): number {
    return Math.max(this.#earliestEnd(lag), this.#endBefore(heir, lag));
  }

  /** Without news of an end it may have ended at any time. */
  #earliestEnd(lag: UpdateLag): number {
    const { endedMicros } = this.pod;
    if (endedMicros !== null && endedMicros !== NEVER) return endedMicros - SECOND_MICROS;
    return this.#endingMicros === NEVER ? Number.NEGATIVE_INFINITY : this.#endingMicros - lag.at(this.#endingMicros);
  }

  /** A watch tells in order: who is told of only after this one's end had not been made before it. */
  #endBefore(heir: AddressLease, lag: UpdateLag): number {
    const heirKnown = heir.#bornMicros ?? heir.fromMicros;
    return heirKnown < this.#goneMicros ? Number.NEGATIVE_INFINITY : this.#goneMicros - lag.at(this.#goneMicros);
  }
}

/** Who held the address first, of two that were told of after the packet; 0 where nothing tells. */
export function byStart(a: AddressLease, b: AddressLease): number {
  const [first, second] = [a.pod.startedMicros, b.pod.startedMicros];
  return first === null || second === null ? a.fromMicros - b.fromMicros : first - second;
}
