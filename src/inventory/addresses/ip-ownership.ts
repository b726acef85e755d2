import type { PodRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import { AddressClaim, byStart } from "./address-lease.ts";
import { contestedHolder, type Holder } from "./address-owner.ts";
import { neighbourhoodOf } from "./address-prefix.ts";
import type { NewsLag } from "./update-lag.ts";

/** Ended claims that are remembered for one address. */
const MAX_CLAIMS = 8;
const NO_CLAIMS: readonly AddressClaim[] = [];

/**
 * Pod addresses over time. Ownership is an interval, not a value: an address changes hands within a fifth of a second, and
 * a packet belongs to who held it then. The times are those at which the watch told the news, since the API's own are
 * whole seconds; and since a pod sends before the API tells its address, the gap between the end of one owner and the
 * news of the next belongs to the next, if that one had been created before the packet. Where both may have sent the
 * packet, as the news cannot tell when one lost the address to the other, it is contested: nobody's.
 */
export class IpOwnership {
  readonly #lag: NewsLag;
  readonly #claims = new Map<string, AddressClaim[]>();
  /** When we were told of pods that have no address yet, by uid. */
  readonly #born = new Map<string, number>();
  /** Where pods have had addresses: some for each node. */
  readonly #neighbourhoods = new Set<string>();

  constructor(lag: NewsLag) {
    this.#lag = lag;
  }

  /** The pod holds its addresses from now on (`-Infinity`: for all time). An ended pod holds them no more. */
  update(pod: PodRecord, timeMicros: number): void {
    if (pod.addresses.length === 0) {
      if (pod.nodeName === null && !this.#born.has(pod.uid)) this.#born.set(pod.uid, timeMicros);
      return;
    }
    const bornMicros = this.#born.get(pod.uid) ?? null;
    for (const address of pod.addresses) this.#claim(address, pod, bornMicros, timeMicros);
    this.#born.delete(pod.uid);
  }

  /** The pod is gone, since a moment between `timeMicros` and `untilMicros`. */
  remove(pod: PodRecord, timeMicros: number, untilMicros = timeMicros): void {
    this.#born.delete(pod.uid);
    for (const address of pod.addresses) this.#end(address, pod, timeMicros, untilMicros);
  }

  /** Whether pods have had addresses in this neighbourhood. */
  isIn(neighbourhood: string): boolean {
    return this.#neighbourhoods.has(neighbourhood);
  }

  /** All that is remembered of who has had the address, and from when to when. */
  claimsOf(address: string): readonly AddressClaim[] {
    return this.#claims.get(address) ?? NO_CLAIMS;
  }

  /** Who held the address then; null when no pod is known to have held it. */
  at(address: string, timeMicros: number): Holder | null {
    const claims = this.#claims.get(address);
    if (claims === undefined) return null;
    let holder: AddressClaim | null = null;
    let ended: AddressClaim | null = null;
    const next: AddressClaim[] = [];
    for (const claim of claims) {
      if (claim.toMicros <= timeMicros) {
        if (ended === null || claim.toMicros > ended.toMicros) ended = claim;
      } else if (claim.fromMicros > timeMicros) {
        if (claim.couldSendBeforeNews(timeMicros, this.#lag)) next.push(claim);
      } else if (holder === null || isLater(claim, holder, timeMicros)) {
        holder = claim;
      }
    }
    next.sort(byStart);
    const candidates = holder === null ? next : [holder, ...next];
    const [owner, heir] = candidates;
    if (owner === undefined) return ended?.ended ?? null;
    if (heir === undefined) return owner.held;
    const isFirst = owner === holder || byStart(owner, heir) < 0;
    if (isFirst && timeMicros < owner.doubtMicros(heir, this.#lag)) return owner.held;
    return contestedHolder(candidates.map(({ pod }) => pod));
  }

  /** Forgets who has not held an address since `timeMicros`. */
  prune(timeMicros: number): void {
    for (const [address, claims] of this.#claims) {
      const remembered = claims.filter(({ toMicros }) => toMicros >= timeMicros);
      if (remembered.length === 0) this.#claims.delete(address);
      else if (remembered.length < claims.length) this.#claims.set(address, remembered);
    }
  }

  #claim(address: string, pod: PodRecord, bornMicros: number | null, timeMicros: number): void {
    const claims = this.#claims.get(address);
    const own = claims?.findLast((claim) => claim.pod.uid === pod.uid);
    // It had lost the address: its sandbox was made anew, and got the same one again.
    const isRegained = own !== undefined && own.toMicros <= timeMicros && pod.endedMicros === null;
    if (own !== undefined && !isRegained) {
      own.tell(pod, timeMicros);
      return;
    }
    const claim = new AddressClaim(pod, bornMicros, timeMicros);
    if (claims === undefined) this.#claims.set(address, [claim]);
    else if (claims.push(claim) > MAX_CLAIMS) forgetOldest(claims);
    this.#neighbourhoods.add(neighbourhoodOf(address));
  }

  #end(address: string, pod: PodRecord, timeMicros: number, untilMicros: number): void {
    const claim = this.#claims.get(address)?.findLast((candidate) => candidate.pod.uid === pod.uid);
    claim?.end(pod, timeMicros, untilMicros);
  }
}

/** The claim that ended first; never one that holds still. */
function forgetOldest(claims: AddressClaim[]): void {
  const oldest = claims.reduce((a, b) => (b.toMicros < a.toMicros ? b : a));
  if (oldest.toMicros !== Number.POSITIVE_INFINITY) claims.splice(claims.indexOf(oldest), 1);
}

/**
 * Of two pods that hold one address at one time, as files and late news have it: the one created later, if it
 * existed at all when the packet was sent.
 */
function isLater(candidate: AddressClaim, holder: AddressClaim, timeMicros: number): boolean {
  const candidateExists = candidate.pod.createdMicros <= timeMicros;
  const holderExists = holder.pod.createdMicros <= timeMicros;
  if (candidateExists !== holderExists) return candidateExists;
  if (candidate.fromMicros !== holder.fromMicros) return candidate.fromMicros > holder.fromMicros;
  return candidate.pod.createdMicros > holder.pod.createdMicros;
}
