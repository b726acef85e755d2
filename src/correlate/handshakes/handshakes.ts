import { RecentPairs } from "../../bounded/recent-pairs.ts";
import { NO_RECORD } from "../../bounded/records.ts";
import type { ConnectionOutcome } from "../../model/connection.ts";
import { Direction } from "../../model/packet.ts";
import { TcpFlag, type TcpSegment, type UnreachableQuote } from "../../model/tcp-segment.ts";
import { hashSighting, sourcePort } from "../../model/tuple.ts";
import { DECIDED_MICROS, HANDSHAKE_MICROS, SYN_REPEAT_MICROS } from "../../model/waiting-times.ts";
import { zeroHandshakeCounters } from "./handshake-counters.ts";
import { HandshakeLayout, HandshakeMark } from "./handshake-layout.ts";
import { findAnswered, findKnown, findQuoted, isAnswerToClient, REFUSED } from "./handshake-matching.ts";
import { HandshakeTable } from "./handshake-table.ts";
import { fingerprintOf } from "./nat-match.ts";
import { NatSearch } from "./nat-search.ts";
import { OwnRejections } from "./own-rejections.ts";
import { Twins } from "./twins.ts";

const { startDouble, lastSynDouble, otherAnswerDouble, sequenceAt, retriesAt } = HandshakeLayout;
const { marksAt, firstAt, seenAt, seenCountAt } = HandshakeLayout;
const { otherAnswerIsReset } = HandshakeMark;

/** Half-open attempts at one time; under a SYN flood the oldest go first, while real ones are answered sooner. */
const MAX_HALF_OPEN = 65_536;
/** Sightings of decided attempts that are remembered, up to three for each attempt. */
const MAX_DECIDED = 131_072;
/** Attempts given up on, whose late answers are counted. */
const MAX_TIMED_OUT = 8_192;

/** What a quoted own SYN has that its quote does not tell: it left a process of this host. */
const OWN_SYN = {
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

/** Receives each attempt that is decided, or told of in advance (`repeating`). */
export interface HandshakeSink {
  connection(table: HandshakeTable, record: number, outcome: ConnectionOutcome, endMicros: number): void;
}

/**
 * Joins the sightings of SYNs to connection attempts by their initial sequence number and what NAT leaves alone, and
 * finds how each ended: an answer counts for the attempt whose server sent it, however many have its number.
 * One attempt is handed over once, however often its packets are seen or repeated. RFC 9293 §3.5; RFC 7413 (Fast Open).
 */
export class Handshakes {
  readonly counters = zeroHandshakeCounters();
  readonly #table = new HandshakeTable(MAX_HALF_OPEN);
  readonly #legs = new NatSearch(this.#table);
  readonly #twins = new Twins(this.#table, this.counters);
  readonly #decided = new RecentPairs(MAX_DECIDED, DECIDED_MICROS);
  readonly #timedOut = new RecentPairs(MAX_TIMED_OUT, DECIDED_MICROS);
  readonly #ownRejections = new OwnRejections();
  readonly #sink: HandshakeSink;

  constructor(sink: HandshakeSink) {
    this.#sink = sink;
  }

  segment(segment: TcpSegment): void {
    const { flags } = segment;
    if (flags & TcpFlag.ack) this.#answer(segment, (flags & TcpFlag.rst) !== 0);
    else if (!(flags & TcpFlag.rst)) this.#syn(segment);
  }

  /**
   * A router or a host says that the quoted segment did not arrive. A quote ends an attempt and opens none, but for a
   * host that rejects its own SYN: the SYN never reaches an interface, so the quote is all that is ever seen of it.
   */
  unreachable(quote: UnreachableQuote): void {
    const record = findQuoted(this.#table, quote);
    const hash = hashSighting(quote);
    if (record !== NO_RECORD) this.#decide(this.#twins.united(record), quote.verdict, quote.timeMicros);
    else if (this.#ownRejections.isOwn(quote, hash)) this.#openOwnSyn(quote, hash);
    else this.counters.unmatchedAnswers++;
  }

  /** Gives the verdict of every attempt whose time is over. */
  advance(nowMicros: number): void {
    const table = this.#table;
    for (let record = table.oldest; record !== NO_RECORD; record = table.oldest) {
      const deadline = (table.doubles[(record >> 1) + lastSynDouble] ?? 0) + HANDSHAKE_MICROS;
      if (deadline > nowMicros) return;
      if (this.#twins.united(record) === record) this.#decideUnanswered(record, deadline);
    }
  }

  /** End of a capture: what may still have been answered is `unfinished`, a repeated SYN was not answered. */
  finish(nowMicros: number): void {
    this.advance(nowMicros);
    const { words, doubles } = this.#table;
    for (let record = this.#table.oldest; record !== NO_RECORD; record = this.#table.oldest) {
      if (this.#twins.united(record) !== record) continue;
      if (words[record + retriesAt] !== 0 || doubles[(record >> 1) + otherAnswerDouble] !== 0) {
        this.#decideUnanswered(record, nowMicros);
      } else {
        this.counters.unfinished++;
        this.#decide(record, "unfinished", nowMicros);
      }
    }
  }

  #syn(segment: TcpSegment): void {
    const table = this.#table;
    const newest = table.newestWithNumber(segment.sequence);
    const known = newest === NO_RECORD ? NO_RECORD : findKnown(table, segment, newest);
    if (known !== NO_RECORD) {
      this.#sightingOf(known, segment);
      return;
    }
    const fingerprint = fingerprintOf(segment);
    const hash = hashSighting(segment);
    const legs = this.#legs;
    const record = legs.find(newest, segment, fingerprint);
    if (record !== NO_RECORD) {
      this.counters.natTuplesJoined++;
      table.addPostNat(record, segment, hash);
      return;
    }
    if (legs.isNumberShared) {
      if (legs.possible === NO_RECORD) table.natTuplesRejected++;
      this.counters.natTuplesRejected = table.natTuplesRejected;
    }
    if (this.#decided.has(segment.sequence, hash, segment.timeMicros)) {
      this.counters.synsAfterVerdict++;
      return;
    }
    const { possible, isOneOfMany } = legs;
    const opened = this.#open(segment, fingerprint, hash, newest);
    if (isOneOfMany) table.markOneOfMany(opened);
    // In a full table the other may have made room for this one.
    else if (possible !== NO_RECORD && possible !== opened) table.link(possible, opened);
  }

  /** A form of the attempt's SYN that was seen before: another copy, or the client's repeat. */
  #sightingOf(known: number, segment: TcpSegment): void {
    let record = known;
    if (this.#isRepeat(record, segment)) {
      const fingerprint = fingerprintOf(segment);
      record = this.#twins.repeated(record, segment.timeMicros, fingerprint);
      if (this.#isRepeat(record, segment)) {
        this.#repeat(record, segment, fingerprint);
        return;
      }
    }
    this.counters.synCopies++;
    this.#table.addCopy(record, segment);
  }

  #isRepeat(record: number, { timeMicros }: TcpSegment): boolean {
    return timeMicros - (this.#table.doubles[(record >> 1) + lastSynDouble] ?? 0) > SYN_REPEAT_MICROS;
  }

  #repeat(record: number, segment: TcpSegment, fingerprint: number): void {
    const table = this.#table;
    const { words } = table;
    const begun = this.#legs.findBeginning(segment, fingerprint, record);
    if (begun !== NO_RECORD) {
      this.counters.natTuplesJoined++;
      this.counters.halfOpen--;
      table.takeBeginning(record, begun, segment);
    } else {
      table.beginRound(record, segment, fingerprint);
    }
    if (words[record + retriesAt] === 1) this.#sink.connection(table, record, "repeating", segment.timeMicros);
  }

  #openOwnSyn(quote: UnreachableQuote, hash: number): void {
    if (this.#decided.has(quote.sequence, hash, quote.timeMicros)) {
      this.counters.synsAfterVerdict++;
    } else {
      const syn = { ...quote, ...OWN_SYN };
      const newest = this.#table.newestWithNumber(quote.sequence);
      const record = this.#open(syn, fingerprintOf(syn), hash, newest);
      this.#decide(record, quote.verdict, quote.timeMicros);
    }
  }

  #open(segment: Readonly<TcpSegment>, fingerprint: number, hash: number, newest: number): number {
    this.counters.halfOpen++;
    const table = this.#table;
    const record = table.open(segment, fingerprint, hash, newest);
    if (record !== NO_RECORD) return record;
    this.counters.halfOpenEvicted++;
    this.#release(table.oldest);
    return table.open(segment, fingerprint, hash, table.newestWithNumber(segment.sequence));
  }

  /** A SYN-ACK, or a reset, that acknowledges a SYN. */
  #answer(segment: TcpSegment, isReset: boolean): void {
    const table = this.#table;
    const acknowledged = (segment.acknowledgement - 1) | 0;
    const record = findAnswered(table, segment, acknowledged);
    if (record <= NO_RECORD) this.#countUnmatched(acknowledged, segment, record === REFUSED);
    else if (!isAnswerToClient(table, record, segment)) table.noteOtherAnswer(record, segment, isReset);
    else this.#answerToClient(record, segment, isReset);
  }

  #answerToClient(record: number, answer: TcpSegment, isReset: boolean): void {
    const answered = this.#twins.answered(record, answer, isReset);
    if (answered !== NO_RECORD) this.#decide(answered, isReset ? "refused" : "established", answer.timeMicros);
  }

  #countUnmatched(acknowledged: number, segment: TcpSegment, isRefused: boolean): void {
    if (isRefused) this.counters.answersRejected++;
    else if (this.#timedOut.has(acknowledged, segment.destinationPort, segment.timeMicros)) {
      this.counters.answersAfterTimeout++;
    } else {
      this.counters.unmatchedAnswers++;
    }
  }

  /** No answer carried the dialled address in time. Where no SYN was repeated, its copy was only not seen. */
  #decideUnanswered(record: number, endMicros: number): void {
    const { words, doubles } = this.#table;
    const answered = doubles[(record >> 1) + otherAnswerDouble] ?? 0;
    if (answered > 0 && words[record + retriesAt] === 0) {
      const isReset = ((words[record + marksAt] ?? 0) & otherAnswerIsReset) !== 0;
      this.#decide(record, isReset ? "refused" : "established", answered);
    } else {
      this.#timedOut.add(words[record + sequenceAt] ?? 0, sourcePort(words, record + firstAt), endMicros);
      this.#decide(record, "timed_out", endMicros);
    }
  }

  #decide(record: number, outcome: ConnectionOutcome, endMicros: number): void {
    const { words, doubles } = this.#table;
    this.#sink.connection(this.#table, record, outcome, Math.max(endMicros, doubles[(record >> 1) + startDouble] ?? 0));
    const sequence = words[record + sequenceAt] ?? 0;
    const seenEnd = record + seenAt + (words[record + seenCountAt] ?? 0);
    for (let at = record + seenAt; at < seenEnd; at++) this.#decided.add(sequence, words[at] ?? 0, endMicros);
    this.counters.decidedEvicted = this.#decided.evicted;
    this.#release(record);
    this.counters.natTuplesRejected = this.#table.natTuplesRejected;
  }

  #release(record: number): void {
    this.#table.release(record);
    this.counters.halfOpen--;
  }
}
