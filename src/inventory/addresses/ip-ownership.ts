import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { AddressLease, byStart } from "./address-lease.ts";
import { type AddressOwner, ambiguousOwner } from "./address-owner.ts";
import { prefixOf } from "./address-prefix.ts";
import type { UpdateLag } from "./update-lag.ts";

/** Ended leases that are remembered for one address. */
const MAX_CLAIMS = 8;
const NO_CLAIMS: readonly AddressLease[] = [];

/**
 * Pod addresses over time. Ownership is an interval, not a value: an address changes hands within a fifth of a second, and
 * a packet belongs to who held it then. The times are those at which the watch told the news, since the API's own are
 * whole seconds; and since a pod sends before the API tells its address, the gap between the end of one owner and the
 * news of the next belongs to the next, if that one had been created before the packet. Where both may have sent the
 * packet, as the news cannot tell when one lost the address to the other, it is ambiguous: nobody's.
 */
export class IpOwnership {
  readonly #lag: UpdateLag;
  readonly #leases = new Map<string, AddressLease[]>();
  /** When we were told of pods that have no address yet, by uid. */
  readonly #born = new Map<string, number>();
  /** Where pods have had addresses: some for each node. */
  readonly #prefixes = new Set<string>();

  constructor(lag: UpdateLag) {
    this.#lag = lag;
  }

  /** The pod holds its addresses from now on (`-Infinity`: for all time). An ended pod holds them no more. */
  update(pod: PodRecord, timeMicros: number): void {
    if (pod.addresses.length === 0) {
      if (pod.nodeName === null && !this.#born.has(pod.uid)) this.#born.set(pod.uid, timeMicros);
      return;
    }
    const bornMicros = this.#born.get(pod.uid) ?? null;
    for (const address of pod.addresses) this.#lease(address, pod, bornMicros, timeMicros);
    this.#born.delete(pod.uid);
  }

  /** The pod is gone, since a moment between `timeMicros` and `untilMicros`. */
  remove(pod: PodRecord, timeMicros: number, untilMicros = timeMicros): void {
    this.#born.delete(pod.uid);
    for (const address of pod.addresses) this.#end(address, pod, timeMicros, untilMicros);
  }

  /** Whether pods have had addresses in this prefix. */
  isIn(prefix: string): boolean {
    return this.#prefixes.has(prefix);
  }

  /** All that is remembered of who has had the address, and from when to when. */
  leasesOf(address: string): readonly AddressLease[] {
    return this.#leases.get(address) ?? NO_CLAIMS;
  }

  /** Who held the address then; null when no pod is known to have held it. */
  at(address: string, timeMicros: number): AddressOwner | null {
    const leases = this.#leases.get(address);
    if (leases === undefined) return null;
    let current: AddressLease | null = null;
    let ended: AddressLease | null = null;
    const next: AddressLease[] = [];
    for (const lease of leases) {
      if (lease.toMicros <= timeMicros) {
        if (ended === null || lease.toMicros > ended.toMicros) ended = lease;
      } else if (lease.fromMicros > timeMicros) {
        if (lease.couldSendBeforeUpdate(timeMicros, this.#lag)) next.push(lease);
      } else if (current === null || isLater(lease, current, timeMicros)) {
        current = lease;
      }
    }
    next.sort(byStart);
    const candidates = current === null ? next : [current, ...next];
    const [owner, heir] = candidates;
    if (owner === undefined) return ended?.ended ?? null;
    if (heir === undefined) return owner.held;
    const isFirst = owner === current || byStart(owner, heir) < 0;
    if (isFirst && timeMicros < owner.doubtMicros(heir, this.#lag)) return owner.held;
    return ambiguousOwner(candidates.map(({ pod }) => pod));
  }

  /** Forgets who has not held an address since `timeMicros`. */
  prune(timeMicros: number): void {
    for (const [address, leases] of this.#leases) {
      const remembered = leases.filter(({ toMicros }) => toMicros >= timeMicros);
      if (remembered.length === 0) this.#leases.delete(address);
      else if (remembered.length < leases.length) this.#leases.set(address, remembered);
    }
  }

  #lease(address: string, pod: PodRecord, bornMicros: number | null, timeMicros: number): void {
    const leases = this.#leases.get(address);
    const own = leases?.findLast((lease) => lease.pod.uid === pod.uid);
    // It had lost the address: its sandbox was made anew, and got the same one again.
    const isRegained = own !== undefined && own.toMicros <= timeMicros && pod.endedMicros === null;
    if (own !== undefined && !isRegained) {
      own.tell(pod, timeMicros);
      return;
    }
    const lease = new AddressLease(pod, bornMicros, timeMicros);
    if (leases === undefined) this.#leases.set(address, [lease]);
    else if (leases.push(lease) > MAX_CLAIMS) forgetOldest(leases);
    this.#prefixes.add(prefixOf(address));
  }

  #end(address: string, pod: PodRecord, timeMicros: number, untilMicros: number): void {
    const lease = this.#leases.get(address)?.findLast((candidate) => candidate.pod.uid === pod.uid);
    lease?.end(pod, timeMicros, untilMicros);
  }
}

/** The lease that ended first; never one that holds still. */
function forgetOldest(leases: AddressLease[]): void {
  const oldest = leases.reduce((a, b) => (b.toMicros < a.toMicros ? b : a));
  if (oldest.toMicros !== Number.POSITIVE_INFINITY) leases.splice(leases.indexOf(oldest), 1);
}

/**
 * Of two pods that hold one address at one time, as files and late news have it: the one created later, if it
 * existed at all when the packet was sent.
 */
function isLater(candidate: AddressLease, current: AddressLease, timeMicros: number): boolean {
  const candidateExists = candidate.pod.createdMicros <= timeMicros;
  const currentExists = current.pod.createdMicros <= timeMicros;
  if (candidateExists !== currentExists) return candidateExists;
  if (candidate.fromMicros !== current.fromMicros) return candidate.fromMicros > current.fromMicros;
  return candidate.pod.createdMicros > current.pod.createdMicros;
}
