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

/** The attempt at `record` is decided, or is told of in advance (`repeating`). */
export type HandshakeHandler = (
  table: HandshakeTable,
  record: number,
  outcome: ConnectionOutcome,
  endMicros: number,
) => void;

/**
 * Joins the sightings of SYNs to connection attempts by their initial sequence number, and finds how each ended.
 * One attempt is handed over once, however often its packets are seen or repeated. RFC 9293 §3.5; RFC 7413 (Fast Open).
 */
export class Handshakes {
  readonly counters = zeroHandshakeCounters();
  readonly #table = new HandshakeTable(MAX_HALF_OPEN);
  readonly #decided = new RecentPairs(MAX_DECIDED, DECIDED_MICROS);
  readonly #timedOut = new RecentPairs(MAX_TIMED_OUT, DECIDED_MICROS);
  readonly #onDecided: HandshakeHandler;

  constructor(onDecided: HandshakeHandler) {
    this.#onDecided = onDecided;
  }

  segment(segment: TcpSegment): void {
    if (segment.flags & TcpFlag.rst) this.#answer(segment, true);
    else if (segment.flags & TcpFlag.ack) this.#answer(segment, false);
    else this.#syn(segment);
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
      const deadline = (table.doubles[record / 2 + lastSynDouble] ?? 0) + HANDSHAKE_MICROS;
      if (deadline > nowMicros) return;
      this.#decideUnanswered(record, deadline);
    }
  }

  /** End of a capture: what may still have been answered is `unfinished`, a repeated SYN was not answered. */
  finish(nowMicros: number): void {
    this.advance(nowMicros);
    const { words, doubles } = this.#table;
    for (let record = this.#table.oldest; record !== NO_RECORD; record = this.#table.oldest) {
      if (words[record + retriesAt] !== 0 || doubles[record / 2 + otherAnswerDouble] !== 0) {
        this.#decideUnanswered(record, nowMicros);
      } else {
        this.counters.unfinished++;
        this.#decide(record, "unfinished", nowMicros);
      }
    }
  }

  #syn(segment: TcpSegment): void {
    const table = this.#table;
    let record = table.first(segment.sequence);
    for (let looks = 0; record !== NO_RECORD && looks < MAX_SAME_NUMBER; looks++) {
      if (this.#join(record, segment)) return;
      record = table.next(record);
    }
    const hash = hashSighting(segment);
    if (this.#decided.has(segment.sequence, hash, segment.timeMicros)) this.counters.synsAfterVerdict++;
    else this.#open(segment, hash);
  }

  /** Whether this SYN is the attempt's: a leg of the present round, a further copy, or a repeat. */
  #join(record: number, segment: TcpSegment): boolean {
    const table = this.#table;
    const { words, doubles } = table;
    const now = segment.timeMicros;
    if (now - (doubles[record / 2 + lastSightingDouble] ?? 0) <= LEG_JOIN_MICROS && isLeg(table, record, segment)) {
      this.counters.synCopies++;
      table.addSighting(record, segment);
      return true;
    }
    // Sightings of this round may be lost, so any leg of the client's own source begins it, or the last one.
    if (!sameSource(words, record + firstAt, segment) && !isTuple(words, record + lastAt, segment)) return false;
    if (now - (doubles[record / 2 + lastSynDouble] ?? 0) > SYN_REPEAT_MICROS) {
      table.beginRound(record, segment);
      if (words[record + retriesAt] === 1) this.#onDecided(table, record, "repeating", now);
    } else {
      this.counters.synCopies++;
      table.addSighting(record, segment);
    }
    return true;
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
    if (!(segment.flags & TcpFlag.ack)) return;
    const table = this.#table;
    const acknowledged = (segment.acknowledgement - 1) | 0;
    let record = table.first(acknowledged);
    for (let looks = 0; record !== NO_RECORD && looks < MAX_SAME_NUMBER; looks++) {
      const match = matchAnswer(table, record, segment);
      if (match !== AnswerMatch.none) {
        this.#answered(record, segment, isReset, match);
        return;
      }
      record = table.next(record);
    }
    const fastOpen = table.firstByDataEnd(acknowledged);
    const match = fastOpen === NO_RECORD ? AnswerMatch.none : matchAnswer(table, fastOpen, segment);
    if (match !== AnswerMatch.none) this.#answered(fastOpen, segment, isReset, match);
    else this.#countUnmatched(acknowledged, segment);
  }

  #answered(record: number, { timeMicros }: TcpSegment, isReset: boolean, match: AnswerMatch): void {
    if (match === AnswerMatch.bothEnds) {
      this.#decide(record, isReset ? "refused" : "established", timeMicros);
      return;
    }
    // Not yet translated back; the copy that reaches the client follows, or the client never gets an answer.
    const { words, doubles } = this.#table;
    const marks = (words[record + marksAt] ?? 0) & ~otherAnswerIsReset;
    doubles[record / 2 + otherAnswerDouble] = timeMicros;
    words[record + marksAt] = isReset ? marks | otherAnswerIsReset : marks;
  }

  #quoted(quote: UnreachableQuote): number {
    const table = this.#table;
    let record = table.first(quote.sequence);
    for (let looks = 0; record !== NO_RECORD && looks < MAX_SAME_NUMBER; looks++) {
      if (isQuoted(table, record, quote)) return record;
      record = table.next(record);
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
    const answered = doubles[record / 2 + otherAnswerDouble] ?? 0;
    if (answered > 0 && words[record + retriesAt] === 0) {
      const isReset = ((words[record + marksAt] ?? 0) & otherAnswerIsReset) !== 0;
      this.#decide(record, isReset ? "refused" : "established", answered);
    } else {
      this.#decide(record, "timed_out", endMicros);
    }
  }

  #decide(record: number, outcome: ConnectionOutcome, endMicros: number): void {
    const { words, doubles } = this.#table;
    this.#onDecided(this.#table, record, outcome, Math.max(endMicros, doubles[record / 2 + startDouble] ?? 0));
    const sequence = words[record + sequenceAt] ?? 0;
    const seenEnd = record + seenAt + (words[record + seenCountAt] ?? 0);
    for (let at = record + seenAt; at < seenEnd; at++) this.#decided.add(sequence, words[at] ?? 0, endMicros);
    if (outcome === "timed_out") this.#timedOut.add(sequence, sourcePort(words, record + firstAt), endMicros);
    this.counters.decidedEvicted = this.#decided.evicted;
    this.#release(record);
  }

  #release(record: number): void {
    this.#table.release(record);
    this.counters.halfOpen--;
  }
}
