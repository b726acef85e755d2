import { RecentPairs } from "../../bounded/recent-pairs.ts";
import type { UnreachableQuote } from "../../model/tcp-segment.ts";
import { HELD_PACKET_MICROS } from "../../model/waiting-times.ts";

const MAX_FORWARDED = 1_024;

/**
 * Recognizes ICMP errors by which this host rejects its own SYNs. Addresses do not suffice, since any host can send an
 * error that names its receiver as sender: an error that came in proves nothing, nor does it when it is forwarded.
 */
export class OwnRejections {
  readonly #forwarded = new RecentPairs(MAX_FORWARDED, HELD_PACKET_MICROS);

  /** `hash` is that of the quoted tuple. */
  isOwn(quote: UnreachableQuote, hash: number): boolean {
    const { isOwnSyn, isSentHere, sequence, timeMicros } = quote;
    if (!isOwnSyn) return false;
    if (isSentHere) return !this.#forwarded.has(sequence, hash, timeMicros);
    this.#forwarded.add(sequence, hash, timeMicros);
    return false;
  }
}
