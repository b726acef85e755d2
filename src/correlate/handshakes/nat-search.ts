import { NO_RECORD } from "../../bounded/records.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { NAT_JOIN_MICROS } from "../../model/waiting-times.ts";
import { HandshakeLayout, HandshakeMark } from "./handshake-layout.ts";
import { MAX_SAME_NUMBER } from "./handshake-matching.ts";
import type { HandshakeTable } from "./handshake-table.ts";
import { NatMatch, natMatch } from "./nat-match.ts";

const { sequenceAt, fingerprintAt, lastSynDouble, retriesAt, seenCountAt, marksAt, twinAt } = HandshakeLayout;
const { isOneOfMany } = HandshakeMark;

/** Finds the attempt of which a SYN is another leg. What else it found stands here until the next search. */
export class NatSearch {
  readonly #table: HandshakeTable;
  /** Whether an attempt of the last 20 ms has the SYN's number. */
  isNumberShared = false;
  /** Whether two or more of them have its fingerprint too: a tool gives all its packets the same. */
  isOneOfMany = false;
  /** The only one that has both, where the SYN may be a leg of it. */
  possible: number = NO_RECORD;

  constructor(table: HandshakeTable) {
    this.#table = table;
  }

  /**
   * The attempt that the SYN fits best; of several the oldest, since packets stay in their order on their way through a
   * node. `newest` is the newest attempt with the SYN's number.
   */
  find(newest: number, segment: TcpSegment, fingerprint: number): number {
    const table = this.#table;
    const { words, doubles, bySequence } = table;
    const { sequence, timeMicros } = segment;
    let found: number = NO_RECORD;
    let bestFit: NatMatch = NatMatch.none;
    let looks = 0;
    let alike = 0;
    let linked: number = NO_RECORD;
    for (let record = newest; record !== NO_RECORD; record = bySequence.next(record)) {
      if (words[record + sequenceAt] !== sequence) continue;
      const sinceSyn = timeMicros - (doubles[(record >> 1) + lastSynDouble] ?? 0);
      if (sinceSyn > NAT_JOIN_MICROS || ++looks > MAX_SAME_NUMBER) break;
      if (words[record + fingerprintAt] !== fingerprint || sinceSyn < -NAT_JOIN_MICROS) continue;
      alike += ((words[record + marksAt] ?? 0) & isOneOfMany) === 0 ? 1 : 2;
      if (words[record + twinAt] !== NO_RECORD) linked = record;
      const fit = natMatch(table, record, segment);
      if (fit === NatMatch.none || fit < bestFit) continue;
      bestFit = fit;
      found = record;
    }
    this.isNumberShared = looks > 0;
    if (bestFit > NatMatch.possible) return found;
    this.isOneOfMany = alike > 1 || linked !== NO_RECORD;
    this.possible = this.isOneOfMany ? NO_RECORD : found;
    // A third one shows that two, which might have been one, are two.
    if (linked !== NO_RECORD) table.unlink(linked);
    return NO_RECORD;
  }

  /**
   * The attempt that was seen in one form only, of a repeat whose next form `segment` is known of `record`: where the
   * first form was lost before, its repeat looks like an attempt of its own. A tool's repeats keep their fingerprint.
   */
  findBeginning(segment: TcpSegment, fingerprint: number, record: number): number {
    const { words } = this.#table;
    const found = this.find(this.#table.newestWithNumber(segment.sequence), segment, fingerprint);
    const isNew = words[record + fingerprintAt] !== fingerprint;
    const begun = found === NO_RECORD && isNew ? this.possible : found;
    const isFresh = begun !== record && words[begun + retriesAt] === 0 && words[begun + seenCountAt] === 1;
    return isFresh ? begun : NO_RECORD;
  }
}
