import { RecentPairs } from "../bounded/recent-pairs.ts";
import { NO_RECORD } from "../bounded/records.ts";
import type { ConnectionOutcome } from "../model/connection.ts";
import { Direction } from "../model/packet.ts";
import { TcpFlag, type TcpSegment, type UnreachableQuote } from "../model/tcp-segment.ts";
import { DECIDED_MICROS, HANDSHAKE_MICROS, LEG_JOIN_MICROS, SYN_REPEAT_MICROS } from "../model/waiting-times.ts";
import { zeroHandshakeCounters } from "./handshake-counters.ts";
import { AnswerMatch, isLeg, isQuoted, matchAnswer } from "./handshake-matching.ts";
import { HandshakeLayout, HandshakeMark, HandshakeTable } from "./handshake-table.ts";
import { hashSighting, isTuple, sameSource, sourcePort } from "./tuple.ts";

const { startDouble, lastSynDouble, lastSightingDouble, otherAnswerDouble, sequenceAt, retriesAt } = HandshakeLayout;
const { marksAt, firstAt, lastAt, seenAt, seenCountAt } = HandshakeLayout;
const { otherAnswerIsReset } = HandshakeMark;
const { none, bothEnds } = AnswerMatch;

/** Half-open attempts at one time; under a SYN flood the oldest go first, while real ones are answered sooner. */
const MAX_HALF_OPEN = 65_536;
/** Attempts with one sequence number that are looked at, newest first: chance makes two, a flood any number. */
const MAX_SAME_NUMBER = 16;
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
  timestampValue: 0,
  hasTimestamp: false,
} as const;

/** Receives each attempt that is decided, or told of in advance (`repeating`). */
export interface HandshakeSink {
  connection(table: HandshakeTable, record: number, outcome: ConnectionOutcome, endMicros: number): void;
}

/**
 * Joins the sightings of SYNs to connection attempts by their initial sequence number, and finds how each ended.
 * One attempt is handed over once, however often its packets are seen or repeated. RFC 9293 §3.5; RFC 7413 (Fast Open).
 */
export class Handshakes {
  readonly counters = zeroHandshakeCounters();
  readonly #table = new HandshakeTable(MAX_HALF_OPEN);
  readonly #decided = new RecentPairs(MAX_DECIDED, DECIDED_MICROS);
  readonly #timedOut = new RecentPairs(MAX_TIMED_OUT, DECIDED_MICROS);
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
    const record = this.#quoted(quote);
    if (record !== NO_RECORD) this.#decide(record, quote.verdict, quote.timeMicros);
    else if (quote.isOwnSyn) this.#openOwnSyn(quote);
    else this.counters.unmatchedAnswers++;
  }

  /** Gives the verdict of every attempt whose time is over. */
  advance(nowMicros: number): void {
    const table = this.#table;
    for (let record = table.oldest; record !== NO_RECORD; record = table.oldest) {
      const deadline = (table.doubles[(record >> 1) + lastSynDouble] ?? 0) + HANDSHAKE_MICROS;
      if (deadline > nowMicros) return;
      this.#decideUnanswered(record, deadline);
    }
  }

  /** End of a capture: what may still have been answered is `unfinished`, a repeated SYN was not answered. */
  finish(nowMicros: number): void {
    this.advance(nowMicros);
    const { words, doubles } = this.#table;
    for (let record = this.#table.oldest; record !== NO_RECORD; record = this.#table.oldest) {
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
    const { words, doubles, bySequence } = table;
    const { sequence, timeMicros } = segment;
    let next = NO_RECORD;
    let looks = 0;
    for (let record = bySequence.first(sequence); record !== NO_RECORD && looks < MAX_SAME_NUMBER; record = next) {
      next = bySequence.next(record);
      if (words[record + sequenceAt] !== sequence) continue;
      looks++;
      const sinceSighting = timeMicros - (doubles[(record >> 1) + lastSightingDouble] ?? 0);
      const isNextLeg = sinceSighting <= LEG_JOIN_MICROS && isLeg(table, record, segment);
      // Sightings of a repeat may be lost, so any leg of the client's own source begins it, or the last one.
      if (!isNextLeg && !sameSource(words, record + firstAt, segment) && !isTuple(words, record + lastAt, segment)) {
        continue;
      }
      const sinceSyn = timeMicros - (doubles[(record >> 1) + lastSynDouble] ?? 0);
      if (!isNextLeg && sinceSyn > SYN_REPEAT_MICROS) {
        this.#repeat(record, segment);
      } else {
        this.counters.synCopies++;
        table.addSighting(record, segment);
      }
      return;
    }
    const hash = hashSighting(segment);
    if (this.#decided.has(sequence, hash, timeMicros)) this.counters.synsAfterVerdict++;
    else this.#open(segment, hash);
  }

  #repeat(record: number, segment: TcpSegment): void {
    const table = this.#table;
    table.beginRound(record, segment);
    if (table.words[record + retriesAt] === 1) this.#sink.connection(table, record, "repeating", segment.timeMicros);
  }

  #openOwnSyn(quote: UnreachableQuote): void {
    const hash = hashSighting(quote);
    if (this.#decided.has(quote.sequence, hash, quote.timeMicros)) {
      this.counters.synsAfterVerdict++;
    } else {
      const record = this.#open({ ...quote, ...OWN_SYN }, hash);
      this.#decide(record, quote.verdict, quote.timeMicros);
    }
  }

  #open(segment: Readonly<TcpSegment>, hash: number): number {
    this.counters.halfOpen++;
    const record = this.#table.open(segment, hash);
    if (record !== NO_RECORD) return record;
    this.counters.halfOpenEvicted++;
    this.#release(this.#table.oldest);
    return this.#table.open(segment, hash);
  }

  /** A SYN-ACK, or a reset, that acknowledges a SYN. */
  #answer(segment: TcpSegment, isReset: boolean): void {
    const table = this.#table;
    const { words, bySequence } = table;
    const acknowledged = (segment.acknowledgement - 1) | 0;
    let match: AnswerMatch = none;
    let next = NO_RECORD;
    let looks = 0;
    let record = bySequence.first(acknowledged);
    for (; record !== NO_RECORD && looks < MAX_SAME_NUMBER; record = next) {
      next = bySequence.next(record);
      if (words[record + sequenceAt] !== acknowledged) continue;
      looks++;
      match = matchAnswer(table, record, segment);
      if (match !== none) break;
    }
    if (match === none && table.withData > 0) {
      record = table.firstByDataEnd(acknowledged);
      match = record === NO_RECORD ? none : matchAnswer(table, record, segment);
    }
    if (match === bothEnds) this.#decide(record, isReset ? "refused" : "established", segment.timeMicros);
    else if (match !== none) table.noteOtherAnswer(record, segment.timeMicros, isReset);
    else this.#countUnmatched(acknowledged, segment);
  }

  #quoted(quote: UnreachableQuote): number {
    const table = this.#table;
    const { words, bySequence } = table;
    let looks = 0;
    let record = bySequence.first(quote.sequence);
    for (; record !== NO_RECORD && looks < MAX_SAME_NUMBER; record = bySequence.next(record)) {
      if (words[record + sequenceAt] !== quote.sequence) continue;
      looks++;
      if (isQuoted(table, record, quote)) return record;
    }
    return NO_RECORD;
  }

  #countUnmatched(acknowledged: number, segment: TcpSegment): void {
    if (this.#timedOut.has(acknowledged, segment.destinationPort, segment.timeMicros)) {
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
  }

  #release(record: number): void {
    this.#table.release(record);
    this.counters.halfOpen--;
  }
}
