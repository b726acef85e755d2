import { RecentPairs } from "../bounded/recent-pairs.ts";
import { NO_SLOT } from "../bounded/slots.ts";
import type { ConnectionOutcome } from "../model/connection.ts";
import { Direction } from "../model/packet.ts";
import { TcpFlag, type TcpSegment, type UnreachableQuote } from "../model/tcp-segment.ts";
import { DECIDED_MICROS, HANDSHAKE_MICROS, LEG_JOIN_MICROS, SYN_REPEAT_MICROS } from "../model/waiting-times.ts";
import { zeroHandshakeCounters } from "./handshake-counters.ts";
import { isAnswerTo, isLeg, isQuoted } from "./handshake-matching.ts";
import { HandshakeTable } from "./handshake-table.ts";
import { comesFromDestination, hashSighting, isTuple, returnsToSource, sameSource, TUPLE_WORDS } from "./tuple.ts";

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

/** The attempt at `slot` is decided, or is told of in advance (`repeating`). */
export type HandshakeHandler = (
  table: HandshakeTable,
  slot: number,
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
    const slot = this.#quoted(quote);
    if (slot !== NO_SLOT) this.#decide(slot, quote.verdict, quote.timeMicros);
    else if (quote.isOwnSyn) this.#openOwnSyn(quote);
    else this.counters.unmatchedAnswers++;
  }

  /** Gives the verdict of every attempt whose time is over. */
  advance(nowMicros: number): void {
    const table = this.#table;
    for (let slot = table.oldest; slot !== NO_SLOT; slot = table.oldest) {
      const deadline = (table.lastSynMicros[slot] ?? 0) + HANDSHAKE_MICROS;
      if (deadline > nowMicros) return;
      this.#decideUnanswered(slot, deadline);
    }
  }

  /** End of a capture: what may still have been answered is `unfinished`, a repeated SYN was not answered. */
  finish(nowMicros: number): void {
    this.advance(nowMicros);
    const table = this.#table;
    for (let slot = table.oldest; slot !== NO_SLOT; slot = table.oldest) {
      if ((table.retries[slot] ?? 0) > 0 || (table.otherAnswerMicros[slot] ?? 0) > 0) {
        this.#decideUnanswered(slot, nowMicros);
      } else {
        this.counters.unfinished++;
        this.#decide(slot, "unfinished", nowMicros);
      }
    }
  }

  #syn(segment: TcpSegment): void {
    const table = this.#table;
    let slot = table.first(segment.sequence);
    for (let looks = 0; slot !== NO_SLOT && looks < MAX_SAME_NUMBER; looks++) {
      if (this.#join(slot, segment)) return;
      slot = table.next(slot);
    }
    const hash = hashSighting(segment);
    if (this.#decided.has(segment.sequence, hash, segment.timeMicros)) this.counters.synsAfterVerdict++;
    else this.#open(segment, hash);
  }

  /** Whether this SYN is the attempt's: a leg of the present round, a further copy, or a repeat. */
  #join(slot: number, segment: TcpSegment): boolean {
    const table = this.#table;
    const now = segment.timeMicros;
    if (now - (table.lastSightingMicros[slot] ?? 0) <= LEG_JOIN_MICROS && isLeg(table, slot, segment)) {
      this.counters.synCopies++;
      table.addSighting(slot, segment);
      return true;
    }
    const at = slot * TUPLE_WORDS;
    // Sightings of this round may be lost, so any leg of the client's own source begins it, or the last one.
    if (!sameSource(table.firstTuples, at, segment) && !isTuple(table.lastTuples, at, segment)) return false;
    if (now - (table.lastSynMicros[slot] ?? 0) > SYN_REPEAT_MICROS) {
      table.beginRound(slot, segment);
      if (table.retries[slot] === 1) this.#onDecided(table, slot, "repeating", now);
    } else {
      this.counters.synCopies++;
      table.addSighting(slot, segment);
    }
    return true;
  }

  #openOwnSyn(quote: UnreachableQuote): void {
    const hash = hashSighting(quote);
    if (this.#decided.has(quote.sequence, hash, quote.timeMicros)) {
      this.counters.synsAfterVerdict++;
    } else {
      const slot = this.#open({ ...quote, ...OWN_SYN }, hash);
      this.#decide(slot, quote.verdict, quote.timeMicros);
    }
  }

  #open(segment: Readonly<TcpSegment>, hash: number): number {
    this.counters.halfOpen++;
    const slot = this.#table.open(segment, hash);
    if (slot !== NO_SLOT) return slot;
    this.counters.halfOpenEvicted++;
    this.#release(this.#table.oldest);
    return this.#table.open(segment, hash);
  }

  /** A SYN-ACK, or a reset, that acknowledges a SYN. */
  #answer(segment: TcpSegment, isReset: boolean): void {
    if (!(segment.flags & TcpFlag.ack)) return;
    const acknowledged = (segment.acknowledgement - 1) | 0;
    const slot = this.#answered(acknowledged, segment);
    if (slot === NO_SLOT) {
      this.#countUnmatched(acknowledged, segment);
      return;
    }
    const table = this.#table;
    const at = slot * TUPLE_WORDS;
    if (comesFromDestination(table.firstTuples, at, segment) && returnsToSource(table.firstTuples, at, segment)) {
      this.#decide(slot, isReset ? "refused" : "established", segment.timeMicros);
    } else {
      // Not yet translated back; the copy that reaches the client follows, or the client never gets an answer.
      table.otherAnswerMicros[slot] = segment.timeMicros;
      table.otherAnswerIsReset[slot] = isReset ? 1 : 0;
    }
  }

  /** The attempt that is acknowledged: by number, and by one end at least, for an answer may be translated at one only. */
  #answered(acknowledged: number, segment: TcpSegment): number {
    const table = this.#table;
    let slot = table.first(acknowledged);
    for (let looks = 0; slot !== NO_SLOT && looks < MAX_SAME_NUMBER; looks++) {
      if (isAnswerTo(table, slot, segment)) return slot;
      slot = table.next(slot);
    }
    const fastOpen = table.firstByDataEnd(acknowledged);
    return fastOpen !== NO_SLOT && isAnswerTo(table, fastOpen, segment) ? fastOpen : NO_SLOT;
  }

  #quoted(quote: UnreachableQuote): number {
    const table = this.#table;
    let slot = table.first(quote.sequence);
    for (let looks = 0; slot !== NO_SLOT && looks < MAX_SAME_NUMBER; looks++) {
      if (isQuoted(table, slot, quote)) return slot;
      slot = table.next(slot);
    }
    return NO_SLOT;
  }

  #countUnmatched(acknowledged: number, segment: TcpSegment): void {
    if (this.#timedOut.has(acknowledged, segment.destinationPort, segment.timeMicros)) {
      this.counters.answersAfterTimeout++;
    } else {
      this.counters.unmatchedAnswers++;
    }
  }

  /** No answer carried the dialled address in time. Where no SYN was repeated, its copy was only not seen. */
  #decideUnanswered(slot: number, endMicros: number): void {
    const table = this.#table;
    const answered = table.otherAnswerMicros[slot] ?? 0;
    if (answered > 0 && table.retries[slot] === 0) {
      this.#decide(slot, table.otherAnswerIsReset[slot] === 1 ? "refused" : "established", answered);
    } else {
      this.#decide(slot, "timed_out", endMicros);
    }
  }

  #decide(slot: number, outcome: ConnectionOutcome, endMicros: number): void {
    const table = this.#table;
    this.#onDecided(table, slot, outcome, Math.max(endMicros, table.startMicros[slot] ?? 0));
    const sequence = table.sequenceOf(slot);
    for (let i = 0; i < table.seenCount(slot); i++) this.#decided.add(sequence, table.seen(slot, i), endMicros);
    if (outcome === "timed_out") {
      const ports = table.firstTuples[slot * TUPLE_WORDS + TUPLE_WORDS - 1] ?? 0;
      this.#timedOut.add(sequence, ports >>> 16, endMicros);
    }
    this.counters.decidedEvicted = this.#decided.evicted;
    this.#release(slot);
  }

  #release(slot: number): void {
    this.#table.release(slot);
    this.counters.halfOpen--;
  }
}
