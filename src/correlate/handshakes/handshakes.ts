import { RecentPairs } from "../../bounded/recent-pairs.ts";
import { NO_RECORD } from "../../bounded/records.ts";
import type { ConnectionOutcome } from "../../model/connection.ts";
import { TcpFlag, type TcpSegment, type UnreachableQuote } from "../../model/tcp-segment.ts";
import { DECIDED_MICROS, HANDSHAKE_MICROS } from "../../model/waiting-times.ts";
import { AmbiguousPairs } from "./ambiguous-pairs.ts";
import { type HandshakeCounters, zeroHandshakeCounters } from "./handshake-counters.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import { findAnswered, findKnown, findOtherwiseAnswered, findQuoted, MISMATCH } from "./handshake-matching.ts";
import { HandshakeTable } from "./handshake-table.ts";
import { fingerprintOf } from "./nat-match.ts";
import { NatSearch } from "./nat-search.ts";
import { OWN_SYN, OwnRejections } from "./own-rejections.ts";
import { hashTuple } from "./tuple-hash.ts";

const { isUntranslatedReset, isGenerated } = HandshakeFlag;

/** Half-open attempts; a SYN flood evicts the oldest, which real connections are not: they are answered sooner. */
const MAX_HALF_OPEN = 65_536;
/** Tuples of decided attempts, of which one has up to three. */
const MAX_DECIDED = 131_072;
/** Timed-out attempts, to count late answers. */
const MAX_TIMED_OUT = 8_192;

/** Receives each attempt with its outcome, and before that each attempt whose SYN is retransmitted, as `repeating`. */
export interface HandshakeSink {
  connection(table: HandshakeTable, record: number, outcome: ConnectionOutcome, endMicros: number): void;
}

/**
 * Joins the sightings of SYNs to connection attempts, by sequence number and by what NAT leaves unchanged, and decides
 * the outcome of each attempt. An answer counts only if it comes from the server of the attempt. Every attempt has one
 * outcome, however many sightings and retransmissions its packets have. RFC 9293 §3.5; RFC 7413 (TCP Fast Open).
 */
export class Handshakes {
  readonly #counters = zeroHandshakeCounters();
  readonly #table = new HandshakeTable(MAX_HALF_OPEN);
  readonly #pairs = new AmbiguousPairs(this.#table, this.#counters);
  readonly #natSearch = new NatSearch(this.#table, this.#pairs);
  readonly #decided = new RecentPairs(MAX_DECIDED, DECIDED_MICROS);
  readonly #timedOut = new RecentPairs(MAX_TIMED_OUT, DECIDED_MICROS);
  readonly #ownRejections = new OwnRejections();
  readonly #sink: HandshakeSink;
  /** No attempt has waited long enough before. */
  #nextDeadlineMicros = 0;

  constructor(sink: HandshakeSink) {
    this.#sink = sink;
  }

  get counters(): Readonly<HandshakeCounters> {
    return { ...this.#counters, halfOpen: this.#table.size, decidedEvicted: this.#decided.evicted };
  }

  segment(segment: TcpSegment): void {
    const { flags, timeMicros } = segment;
    if (timeMicros >= this.#nextDeadlineMicros) this.advance(timeMicros);
    if (flags & TcpFlag.ack) this.#answer(segment, (flags & TcpFlag.rst) !== 0);
    else if (!(flags & TcpFlag.rst)) this.#syn(segment);
  }

  /**
   * A router or a host reports that the quoted segment did not arrive. A quote ends an attempt and opens none, except
   * where a host rejects its own SYN: that SYN passes no interface, so only the quote shows it.
   */
  unreachable(quote: UnreachableQuote): void {
    if (quote.timeMicros >= this.#nextDeadlineMicros) this.advance(quote.timeMicros);
    const record = findQuoted(this.#table, quote);
    const hash = hashTuple(quote);
    if (record !== NO_RECORD) this.#decide(this.#pairs.resolve(record), quote.verdict, quote.timeMicros);
    else if (this.#ownRejections.isOwn(quote, hash)) this.#openOwnSyn(quote, hash);
    else this.#counters.unmatchedAnswers++;
  }

  /** Decides every attempt that got no answer in time. Packets call it too: results do not depend on when the sensor does. */
  advance(nowMicros: number): void {
    const table = this.#table;
    let record = table.oldest;
    for (; record !== NO_RECORD && table.deadlineMicros(record) <= nowMicros; record = table.oldest) {
      if (this.#pairs.resolve(record) === record) this.#decideUnanswered(record, table.deadlineMicros(record));
    }
    this.#nextDeadlineMicros = record === NO_RECORD ? nowMicros + HANDSHAKE_MICROS : table.deadlineMicros(record);
  }

  /** End of a file: an attempt that may still get an answer is `unfinished`, unless its SYN was retransmitted. */
  finish(nowMicros: number): void {
    this.#end(nowMicros, true);
  }

  /** Packets are missing from here on: every attempt that may get an answer is `unfinished`. */
  interrupt(nowMicros: number): void {
    this.#end(nowMicros, false);
  }

  #end(nowMicros: number, isLast: boolean): void {
    this.advance(nowMicros);
    const table = this.#table;
    for (let record = table.oldest; record !== NO_RECORD; record = table.oldest) {
      if (this.#pairs.resolve(record) !== record) continue;
      const isRepeated = table.retries(record) !== 0;
      if (isRepeated ? isLast : table.untranslatedAnswerMicros(record) !== 0) {
        this.#decideUnanswered(record, nowMicros);
      } else {
        this.#counters.unfinished++;
        this.#decide(record, "unfinished", nowMicros);
      }
    }
  }

  #syn(segment: TcpSegment): void {
    const table = this.#table;
    const newest = table.newestWithNumber(segment.sequence);
    const known = newest === NO_RECORD ? NO_RECORD : findKnown(table, segment, newest);
    if (known !== NO_RECORD) this.#addKnown(known, segment);
    else this.#addUnknown(newest, segment);
  }

  /** A SYN with a tuple of the attempt: a copy of the latest transmission, or a retransmission. */
  #addKnown(known: number, segment: TcpSegment): void {
    let record = known;
    const fingerprint = fingerprintOf(segment);
    if (this.#table.isRetransmission(record, segment, fingerprint)) {
      record = this.#pairs.resolveRetransmitted(record, segment.timeMicros, fingerprint);
      if (this.#table.isRetransmission(record, segment, fingerprint)) {
        this.#retransmit(record, segment, fingerprint);
        return;
      }
    }
    this.#counters.synCopies++;
    this.#table.setLatestSighting(record, segment);
    this.#table.noteRedirection(record, segment);
    if (this.#table.counterpart(record) !== NO_RECORD) this.#pairs.addSighting(record, segment);
  }

  #retransmit(record: number, segment: TcpSegment, fingerprint: number): void {
    const table = this.#table;
    const opened = this.#natSearch.findOpenedByRetransmission(segment, fingerprint, record);
    if (opened !== NO_RECORD) {
      this.#counters.natTuplesJoined++;
      this.#pairs.separate(opened);
      table.mergeRetransmission(record, opened, segment);
    } else {
      table.addRetransmission(record, segment, fingerprint);
    }
    if (table.retries(record) === 1) this.#sink.connection(table, record, "repeating", segment.timeMicros);
  }

  /** A SYN with a new tuple: the SYN of an attempt after NAT, or an attempt of its own. */
  #addUnknown(newest: number, segment: TcpSegment): void {
    const fingerprint = fingerprintOf(segment);
    const hash = hashTuple(segment);
    let record = this.#natSearch.find(newest, segment, fingerprint);
    if (record === NO_RECORD) record = this.#natSearch.findHeld(newest, segment, fingerprint);
    if (record !== NO_RECORD) {
      this.#counters.natTuplesJoined++;
      this.#table.addTuple(record, segment, hash);
      if (this.#table.counterpart(record) !== NO_RECORD) this.#pairs.addSighting(record, segment);
    } else if (this.#decided.has(segment.sequence, hash, segment.timeMicros)) {
      this.#counters.synsAfterVerdict++;
    } else {
      this.#openSearched(segment, fingerprint, hash, newest);
    }
  }

  /** Opens an attempt with what the latest search found out about it. */
  #openSearched(segment: TcpSegment, fingerprint: number, hash: number, newest: number): void {
    const { possible, isGenerated: generated, isNumberShared } = this.#natSearch;
    const record = this.#open(segment, fingerprint, hash, newest);
    if (generated) this.#table.setFlag(record, isGenerated, true);
    // In a full table the other attempt may have been evicted for this one, which then has its record.
    if (possible !== NO_RECORD && possible !== record) this.#pairs.add(possible, record);
    else if (isNumberShared) this.#counters.natTuplesRejected++;
  }

  #openOwnSyn(quote: UnreachableQuote, hash: number): void {
    if (this.#decided.has(quote.sequence, hash, quote.timeMicros)) {
      this.#counters.synsAfterVerdict++;
    } else {
      const syn = { ...quote, ...OWN_SYN };
      const newest = this.#table.newestWithNumber(quote.sequence);
      const record = this.#open(syn, fingerprintOf(syn), hash, newest);
      this.#decide(record, quote.verdict, quote.timeMicros);
    }
  }

  #open(segment: Readonly<TcpSegment>, fingerprint: number, hash: number, newest: number): number {
    const table = this.#table;
    const record = table.open(segment, fingerprint, hash, newest);
    if (record !== NO_RECORD) return record;
    this.#counters.halfOpenEvicted++;
    this.#release(table.oldest);
    return table.open(segment, fingerprint, hash, table.newestWithNumber(segment.sequence));
  }

  /** A SYN-ACK, or a reset that acknowledges a SYN. */
  #answer(segment: TcpSegment, isReset: boolean): void {
    const table = this.#table;
    const acknowledged = (segment.acknowledgement - 1) | 0;
    const record = findAnswered(table, segment, acknowledged);
    if (record === MISMATCH) this.#rejectAnswer(segment, acknowledged, isReset);
    else if (record === NO_RECORD) this.#countUnmatched(acknowledged, segment);
    else if (table.tuples.isReplyToFirst(record, segment)) this.#answerToClient(record, segment, isReset);
    else table.setUntranslatedAnswer(record, segment.timeMicros, segment.sequence, isReset);
  }

  #rejectAnswer(segment: TcpSegment, acknowledged: number, isReset: boolean): void {
    this.#counters.answersRejected++;
    const record = findOtherwiseAnswered(this.#table, segment, acknowledged);
    if (record !== NO_RECORD) this.#table.otherAnswers.add(record, segment, isReset);
  }

  #answerToClient(record: number, answer: TcpSegment, isReset: boolean): void {
    const answered = this.#pairs.resolveAnswered(record, answer, isReset);
    if (answered !== NO_RECORD) this.#decide(answered, isReset ? "refused" : "established", answer.timeMicros);
  }

  #countUnmatched(acknowledged: number, { destinationPort, timeMicros }: TcpSegment): void {
    if (this.#timedOut.has(acknowledged, destinationPort, timeMicros)) this.#counters.answersAfterTimeout++;
    else this.#counters.unmatchedAnswers++;
  }

  /** An untranslated answer decides an attempt without retransmission: the capture lost its last sighting. */
  #decideUnanswered(record: number, endMicros: number): void {
    const table = this.#table;
    const answerMicros = table.untranslatedAnswerMicros(record);
    if (answerMicros > 0 && table.retries(record) === 0) {
      this.#decide(record, table.hasFlag(record, isUntranslatedReset) ? "refused" : "established", answerMicros);
    } else {
      this.#timedOut.add(table.sequence(record), table.tuples.firstSourcePort(record), endMicros);
      this.#decide(record, "timed_out", endMicros);
    }
  }

  #decide(record: number, outcome: ConnectionOutcome, endMicros: number): void {
    const table = this.#table;
    this.#sink.connection(table, record, outcome, Math.max(endMicros, table.startMicros(record)));
    const sequence = table.sequence(record);
    const count = table.tupleCount(record);
    for (let i = 0; i < count; i++) this.#decided.add(sequence, table.tupleHash(record, i), endMicros);
    this.#release(record);
  }

  #release(record: number): void {
    this.#pairs.separate(record);
    this.#table.release(record);
  }
}
