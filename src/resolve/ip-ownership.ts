import type { PodRecord } from "../cluster/kubernetes-objects.ts";
import { OWNER_NEWS_MICROS } from "../model/waiting-times.ts";
import { type Holder, podHolder } from "./holder.ts";
import { neighbourhoodOf } from "./neighbourhood.ts";

/** One pod's hold on one address: from the news that it has it, to the news that it has it no more. */
interface Claim {
  pod: PodRecord;
  readonly fromMicros: number;
  toMicros: number;
  /** What is answered while the claim holds, and after it has ended. */
  held: Holder;
  ended: Holder;
}

/** Ended claims that are remembered for one address. */
const MAX_CLAIMS = 8;

/**
 * Pod addresses over time. Ownership is an interval, not a value: an address changes hands within a second, and a
 * packet belongs to who held it then. The times are those at which the watch told the news, since the API's own are
 * whole seconds; and since a pod sends before the API tells its address, the gap between the end of one owner and the
 * news of the next belongs to the next, if that one had been created before the packet.
 */
export class IpOwnership {
  readonly #claims = new Map<string, Claim[]>();
  /** Where pods have had addresses: some for each node. */
  readonly #neighbourhoods = new Set<string>();

  /** The pod holds its addresses from now on (`-Infinity`: for all time). An ended pod holds them no more. */
  update(pod: PodRecord, timeMicros: number): void {
    for (const address of pod.addresses) this.#claim(address, pod, timeMicros);
  }

  /** The pod is gone. */
  remove(pod: PodRecord, timeMicros: number): void {
    for (const address of pod.addresses) this.#end(address, pod, timeMicros);
  }

  /** Whether pods have had addresses in this neighbourhood. */
  isIn(neighbourhood: string): boolean {
    return this.#neighbourhoods.has(neighbourhood);
  }

  /** Who held the address then; null when no pod is known to have held it. */
  at(address: string, timeMicros: number): Holder | null {
    const claims = this.#claims.get(address);
    if (claims === undefined) return null;
    const only = claims[0];
    if (claims.length === 1 && only !== undefined && only.fromMicros <= timeMicros && timeMicros < only.toMicros) {
      return only.held;
    }
    let holder: Claim | null = null;
    let next: Claim | null = null;
    let ended: Claim | null = null;
    for (const claim of claims) {
      if (claim.fromMicros <= timeMicros && timeMicros < claim.toMicros) {
        if (holder === null || isLater(claim, holder, timeMicros)) holder = claim;
      } else if (claim.fromMicros > timeMicros) {
        const couldSend = claim.pod.createdMicros <= timeMicros && claim.fromMicros - timeMicros <= OWNER_NEWS_MICROS;
        if (couldSend && (next === null || claim.fromMicros < next.fromMicros)) next = claim;
      } else if (ended === null || claim.toMicros > ended.toMicros) {
        ended = claim;
      }
    }
    const owner = holder ?? next;
    return owner === null ? (ended?.ended ?? null) : owner.held;
  }

  /** Forgets addresses that nobody has held since `timeMicros`. */
  prune(timeMicros: number): void {
    for (const [address, claims] of this.#claims) {
      if (claims.every((claim) => claim.toMicros < timeMicros)) this.#claims.delete(address);
    }
  }

  #claim(address: string, pod: PodRecord, timeMicros: number): void {
    const claims = this.#claims.get(address) ?? [];
    const own = claims.findLast((claim) => claim.pod.uid === pod.uid);
    // Known from a list, it may have ended long before; the API's own time tells when, to the second.
    const isListed = timeMicros <= pod.createdMicros;
    const end = isListed ? pod.endedMicros : timeMicros;
    // It had lost the address: its sandbox was made anew, and got the same one again.
    const isRegained = own !== undefined && own.toMicros <= timeMicros && pod.endedMicros === null;
    if (own !== undefined && !isRegained) {
      own.pod = pod;
      own.held = podHolder("pod", pod);
      own.ended = podHolder("ended-pod", pod);
      if (pod.endedMicros !== null && own.toMicros === Number.POSITIVE_INFINITY) own.toMicros = end ?? own.toMicros;
      return;
    }
    const toMicros = pod.endedMicros === null ? Number.POSITIVE_INFINITY : (end ?? Number.POSITIVE_INFINITY);
    claims.push({
      pod,
      fromMicros: timeMicros,
      toMicros,
      held: podHolder("pod", pod),
      ended: podHolder("ended-pod", pod),
    });
    if (claims.length > MAX_CLAIMS) forgetOldest(claims);
    this.#claims.set(address, claims);
    this.#neighbourhoods.add(neighbourhoodOf(address));
  }

  #end(address: string, pod: PodRecord, timeMicros: number): void {
    const claim = this.#claims.get(address)?.findLast((candidate) => candidate.pod.uid === pod.uid);
    if (claim !== undefined && claim.toMicros > timeMicros) claim.toMicros = timeMicros;
  }
}

/** The claim that ended first; never one that holds still. */
function forgetOldest(claims: Claim[]): void {
  const oldest = claims.reduce((a, b) => (b.toMicros < a.toMicros ? b : a));
  if (oldest.toMicros !== Number.POSITIVE_INFINITY) claims.splice(claims.indexOf(oldest), 1);
}

/**
 * Of two pods that hold one address at one time, as files and late news have it: the one created later, if it
 * existed at all when the packet was sent.
 */
function isLater(candidate: Claim, holder: Claim, timeMicros: number): boolean {
  const candidateExists = candidate.pod.createdMicros <= timeMicros;
  const holderExists = holder.pod.createdMicros <= timeMicros;
  if (candidateExists !== holderExists) return candidateExists;
  if (candidate.fromMicros !== holder.fromMicros) return candidate.fromMicros > holder.fromMicros;
  return candidate.pod.createdMicros > holder.pod.createdMicros;
}
