import { NO_RECORD } from "../../bounded/records.ts";
import { Direction } from "../../model/packet.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { HELD_PACKET_MICROS, NAT_JOIN_MICROS } from "../../model/waiting-times.ts";
import type { AmbiguousPairs } from "./ambiguous-pairs.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import { MAX_SAME_NUMBER } from "./handshake-matching.ts";
import type { HandshakeTable } from "./handshake-table.ts";
import { isIdentified, NatMatch, natMatch } from "./nat-match.ts";

const { isGenerated } = HandshakeFlag;

/** Finds the attempt whose SYN another SYN is, after NAT. The fields describe the latest search. */
export class NatSearch {
  readonly #table: HandshakeTable;
  readonly #pairs: AmbiguousPairs;
  /** An attempt of the last 20 ms has the SYN's sequence number. */
  isNumberShared = false;
  /** Two or more of them have the SYN's fingerprint too: a packet generator sent them. */
  isGenerated = false;
  /** The only attempt that has both, where the SYN may be its SYN after NAT. */
  possible: number = NO_RECORD;

  constructor(table: HandshakeTable, pairs: AmbiguousPairs) {
    this.#table = table;
    this.#pairs = pairs;
  }

  /**
   * The best match; of equal ones the oldest, since packets keep their order on their way through a node. NO_RECORD
   * without one. `newest` is the newest attempt with the SYN's number.
   */
  find(newest: number, segment: TcpSegment, fingerprint: number): number {
    const table = this.#table;
    const { bySequence } = table;
    const { sequence, timeMicros } = segment;
    let found: number = NO_RECORD;
    let best: NatMatch = NatMatch.none;
    let compared = 0;
    let alike = 0;
    let paired: number = NO_RECORD;
    for (let record = newest; record !== NO_RECORD; record = bySequence.next(record)) {
      if (table.sequence(record) !== sequence) continue;
      const sinceSyn = timeMicros - table.lastSynMicros(record);
      if (sinceSyn > NAT_JOIN_MICROS || ++compared > MAX_SAME_NUMBER) break;
      if (table.fingerprint(record) !== fingerprint || sinceSyn < -NAT_JOIN_MICROS) continue;
      alike += table.hasFlag(record, isGenerated) ? 2 : 1;
      if (table.counterpart(record) !== NO_RECORD) paired = record;
      const match = natMatch(table, record, segment);
      if (match === NatMatch.none || match < best) continue;
      best = match;
      found = record;
    }
    this.isNumberShared = compared > 0;
    if (best > NatMatch.possible) return found;
    this.isGenerated = alike > 1 || paired !== NO_RECORD;
    this.possible = this.isGenerated ? NO_RECORD : found;
    // A third SYN with this fingerprint comes from a packet generator, so the pair is two SYNs.
    if (paired !== NO_RECORD) this.#pairs.separate(paired);
    return NO_RECORD;
  }

  /**
   * Where `find` has found none: the only attempt with the SYN's number and fingerprint, if it has arrived and this is its SYN as it
   * leaves, however long the node held it. Not for a retransmission, whose identification its server can foretell.
   */
  findHeld(newest: number, segment: TcpSegment, fingerprint: number): number {
    if (segment.direction !== Direction.outgoing || !isIdentified(segment)) return NO_RECORD;
    const table = this.#table;
    const { bySequence } = table;
    let held: number = NO_RECORD;
    let compared = 0;
    for (let record = newest; record !== NO_RECORD; record = bySequence.next(record)) {
      if (table.sequence(record) !== segment.sequence) continue;
      const sinceSyn = segment.timeMicros - table.lastSynMicros(record);
      if (sinceSyn > HELD_PACKET_MICROS || ++compared > MAX_SAME_NUMBER) break;
      if (table.fingerprint(record) !== fingerprint || sinceSyn < 0) continue;
      if (held !== NO_RECORD || table.hasFlag(record, isGenerated)) return NO_RECORD;
      held = record;
    }
    if (held === NO_RECORD || table.latestDirection(held) !== Direction.incoming) return NO_RECORD;
    return natMatch(table, held, segment) === NatMatch.none ? NO_RECORD : held;
  }

  /**
   * The attempt that the first sighting of a retransmission opened by mistake, where no earlier transmission had shown
   * its tuple; `segment` is the next sighting, which belongs to `record`. A packet generator's retransmission keeps its
   * fingerprint. NO_RECORD without one.
   */
  findOpenedByRetransmission(segment: TcpSegment, fingerprint: number, record: number): number {
    const table = this.#table;
    const found = this.find(table.newestWithNumber(segment.sequence), segment, fingerprint);
    const isNew = table.fingerprint(record) !== fingerprint;
    const opened = found === NO_RECORD && isNew ? this.possible : found;
    if (opened === record || opened === NO_RECORD) return NO_RECORD;
    return table.retries(opened) === 0 && table.tupleCount(opened) === 1 ? opened : NO_RECORD;
  }
}
