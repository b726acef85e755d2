import { RecentPairs } from "../../bounded/recent-pairs.ts";
import type { UnreachableQuote } from "../../model/tcp-segment.ts";
import { NAT_JOIN_MICROS } from "../../model/waiting-times.ts";

const MAX_FORWARDED = 1_024;

/**
 * Which ICMP errors this host has sent itself about its own SYNs. Addresses are no proof, since anybody can send an error
 * that is from its receiver, to its receiver: what comes in from elsewhere proves nothing, nor does it when it goes on.
 */
export class OwnRejections {
  readonly #forwarded = new RecentPairs(MAX_FORWARDED, NAT_JOIN_MICROS);

  /** `hash`: of the quoted sighting. */
  isOwn(quote: UnreachableQuote, hash: number): boolean {
    const { isOwnSyn, isSentHere, sequence, timeMicros } = quote;
    if (!isOwnSyn) return false;
    if (isSentHere) return !this.#forwarded.has(sequence, hash, timeMicros);
    this.#forwarded.add(sequence, hash, timeMicros);
    return false;
  }
}
