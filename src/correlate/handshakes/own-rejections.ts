import { RecentPairs } from "../../bounded/recent-pairs.ts";
import { Direction } from "../../model/packet.ts";
import { TcpFlag, type UnreachableQuote } from "../../model/tcp-segment.ts";
import { HELD_PACKET_MICROS } from "../../model/waiting-times.ts";

const MAX_FORWARDED = 1_024;

/**
 * The SYN of an ICMP quote that this host sent to itself, as far as the quote lacks it: a local process sent the SYN.
 */
export const OWN_SYN = {
  direction: Direction.outgoing,
  flags: TcpFlag.syn,
  acknowledgement: 0,
  payloadLength: 0,
  isBridged: false,
  hops: 0,
  identification: 0,
  timestampValue: 0,
  hasTimestamp: false,
  stackShape: 0,
  senderLink: 0,
} as const;

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
