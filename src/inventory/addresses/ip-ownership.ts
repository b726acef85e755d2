import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { AddressLease, byStart } from "./address-lease.ts";
import { type AddressOwner, ambiguousOwner } from "./address-owner.ts";
import { prefixOf } from "./address-prefix.ts";
import type { UpdateLag } from "./update-lag.ts";

/** Leases kept for one address; the oldest ended one is removed first. */
const MAX_LEASES = 8;
const NO_LEASES: readonly AddressLease[] = [];

/**
 * Pod addresses over time. An address is leased for an interval: it changes its owner within a fifth of a second, and a
 * packet belongs to the owner at packet time. Intervals use the times at which the watch delivered the updates, because
 * the API's own timestamps are whole seconds. A pod sends before the API reports its address, so the gap between the end
 * of one owner and the update of the next belongs to the next if that pod existed before the packet. If both may have
 * sent the packet, its owner is `ambiguous`.
 */
export class IpOwnership {
  readonly #lag: UpdateLag;
  readonly #leases = new Map<string, AddressLease[]>();
  /** Pods without an address, by uid, with the time of the update that reported them. */
  readonly #createdUpdates = new Map<string, number>();
  /** Prefixes in which pods have had addresses: a few for each node. */
  readonly #prefixes = new Set<string>();

  constructor(lag: UpdateLag) {
    this.#lag = lag;
  }

  /** Leases the pod's addresses to it from now on (`-Infinity`: for all time), or ends the leases of an ended pod. */
  update(pod: PodRecord, timeMicros: number): void {
    if (pod.addresses.length === 0) {
      if (pod.nodeName === null && !this.#createdUpdates.has(pod.uid)) this.#createdUpdates.set(pod.uid, timeMicros);
      return;
    }
    const createdUpdateMicros = this.#createdUpdates.get(pod.uid) ?? null;
    for (const address of pod.addresses) this.#lease(address, pod, createdUpdateMicros, timeMicros);
    this.#createdUpdates.delete(pod.uid);
  }

  /** Ends the pod's leases: it was deleted between `timeMicros` and `untilMicros`. */
  remove(pod: PodRecord, timeMicros: number, untilMicros = timeMicros): void {
    this.#createdUpdates.delete(pod.uid);
    for (const address of pod.addresses) this.#end(address, pod, timeMicros, untilMicros);
  }

  /** Forgets all leases, and leases each pod its addresses for all time. */
  restart(pods: Iterable<PodRecord>): void {
    this.#leases.clear();
    this.#createdUpdates.clear();
    for (const pod of pods) this.update(pod, Number.NEGATIVE_INFINITY);
  }

  /** Whether pods have had addresses in this prefix. */
  isIn(prefix: string): boolean {
    return this.#prefixes.has(prefix);
  }

  /** The leases of the address that are kept, current and ended. */
  leasesOf(address: string): readonly AddressLease[] {
    return this.#leases.get(address) ?? NO_LEASES;
  }

  /** The owner at that time; null if no known pod has had the address by then. */
  at(address: string, timeMicros: number): AddressOwner | null {
    const leases = this.#leases.get(address);
    if (leases === undefined) return null;
    let current: AddressLease | null = null;
    let ended: AddressLease | null = null;
    const later: AddressLease[] = [];
    for (const lease of leases) {
      if (lease.toMicros <= timeMicros) {
        if (ended === null || lease.toMicros > ended.toMicros) ended = lease;
      } else if (lease.fromMicros > timeMicros) {
        if (lease.couldSendBeforeUpdate(timeMicros, this.#lag)) later.push(lease);
      } else if (current === null || isLater(lease, current, timeMicros)) {
        current = lease;
      }
    }
    later.sort(byStart);
    const candidates = current === null ? later : [current, ...later];
    const [first, successor] = candidates;
    if (first === undefined) return ended?.endedOwner ?? null;
    if (successor === undefined) return first.owner;
    const isFirst = first === current || byStart(first, successor) < 0;
    if (isFirst && timeMicros < first.certainUntilMicros(successor, this.#lag)) return first.owner;
    return ambiguousOwner(candidates.map(({ pod }) => pod));
  }

  /** Removes leases that ended before `timeMicros`. */
  prune(timeMicros: number): void {
    for (const [address, leases] of this.#leases) {
      const kept = leases.filter(({ toMicros }) => toMicros >= timeMicros);
      if (kept.length === 0) this.#leases.delete(address);
      else if (kept.length < leases.length) this.#leases.set(address, kept);
    }
  }

  #lease(address: string, pod: PodRecord, createdUpdateMicros: number | null, timeMicros: number): void {
    const leases = this.#leases.get(address);
    const own = leases?.findLast((lease) => lease.pod.uid === pod.uid);
    // A pod that lost the address and got the same one again: its sandbox was recreated.
    const isRegained = own !== undefined && own.toMicros <= timeMicros && pod.endedMicros === null;
    if (own !== undefined && !isRegained) {
      own.update(pod, timeMicros);
      return;
    }
    const lease = new AddressLease(pod, createdUpdateMicros, timeMicros);
    if (leases === undefined) this.#leases.set(address, [lease]);
    else if (leases.push(lease) > MAX_LEASES) removeOldestEnded(leases);
    this.#prefixes.add(prefixOf(address));
  }

  #end(address: string, pod: PodRecord, timeMicros: number, untilMicros: number): void {
    const lease = this.#leases.get(address)?.findLast((candidate) => candidate.pod.uid === pod.uid);
    lease?.end(pod, timeMicros, untilMicros);
  }
}

/** Never removes a current lease. */
function removeOldestEnded(leases: AddressLease[]): void {
  const oldest = leases.reduce((a, b) => (b.toMicros < a.toMicros ? b : a));
  if (oldest.toMicros !== Number.POSITIVE_INFINITY) leases.splice(leases.indexOf(oldest), 1);
}

/**
 * Selects between two pods that have one address at one time, as happens with files and late updates: the pod created
 * later, if it existed when the packet was sent.
 */
function isLater(candidate: AddressLease, current: AddressLease, timeMicros: number): boolean {
  const candidateExists = candidate.pod.createdMicros <= timeMicros;
  const currentExists = current.pod.createdMicros <= timeMicros;
  if (candidateExists !== currentExists) return candidateExists;
  if (candidate.fromMicros !== current.fromMicros) return candidate.fromMicros > current.fromMicros;
  return candidate.pod.createdMicros > current.pod.createdMicros;
}
