import { NO_RECORD, RecordIndex, RecordPool, RecordQueue } from "../bounded/records.ts";
import type { TcpSegment } from "../model/tcp-segment.ts";
import { hashSighting, isTuple, TUPLE_WORDS, writeTuple } from "./tuple.ts";

/**
 * Where the fields of an attempt stand in its record: 32-bit words (`…At`), doubles (`…Double`). What every SYN touches
 * stands in front, what only some attempts have behind; every 16 words are a cache line.
 */
export const HandshakeLayout = {
  /** First SYN, last SYN, and last sighting of any. */
  startDouble: 0,
  lastSynDouble: 1,
  lastSightingDouble: 2,
  /** Time of an answer that did not carry the dialled address; 0 without. */
  otherAnswerDouble: 3,
  sequenceAt: 8,
  bySequenceAt: 9,
  byLastSynAt: 11,
  /** Repeated SYNs after the first one. */
  retriesAt: 13,
  timestampAt: 14,
  /** Bits of `HandshakeMark`. */
  marksAt: 15,

  /** Legs of the best round so far; see tuple.ts. */
  firstAt: 16,
  lastAt: 25,
  /** Hashes of the attempt's different sightings, as many as `seenCountAt` says. */
  seenAt: 34,
  seenCountAt: 37,
  /** Direction of the first sighting. */
  directionAt: 38,
  legsThisRoundAt: 39,
  legsBestRoundAt: 40,

  dataEndAt: 41,
  byDataEndAt: 42,
  /** Legs of the present round, where that is not the first. */
  roundFirstAt: 46,
  roundLastAt: 55,
  words: 64,
} as const;

export const HandshakeMark = {
  hasTimestamp: 1,
  /** Data came with the SYN (Fast Open). */
  hasData: 2,
  otherAnswerIsReset: 4,
} as const;

const { startDouble, lastSynDouble, lastSightingDouble, otherAnswerDouble, sequenceAt, retriesAt } = HandshakeLayout;
const { timestampAt, marksAt, firstAt, lastAt, seenAt, seenCountAt, directionAt, dataEndAt } = HandshakeLayout;
const { legsThisRoundAt, legsBestRoundAt, roundFirstAt, roundLastAt } = HandshakeLayout;
const { hasTimestamp, hasData, otherAnswerIsReset } = HandshakeMark;

/** Sightings whose hashes are kept for one attempt: it passes one node in up to three forms. */
const MAX_SEEN = 3;

/**
 * Half-open connection attempts, a record for each.
 * A SYN passes a node as a round of legs; a repeated SYN begins another round. The round that showed most legs tells
 * who dialled what (first leg) and who serves (last leg), since single sightings may be lost.
 */
export class HandshakeTable {
  readonly #pool: RecordPool;
  readonly #byLastSyn: RecordQueue;
  /** By the initial sequence number. */
  readonly bySequence: RecordIndex;
  /** Fast Open: the server may acknowledge the SYN's data too, so such an attempt has a second number, behind them. */
  readonly #byDataEnd: RecordIndex;
  /** Attempts that have one. */
  withData = 0;
  readonly words: Int32Array;
  readonly doubles: Float64Array;

  constructor(capacity: number) {
    this.#pool = new RecordPool(capacity, HandshakeLayout.words, 2);
    this.words = this.#pool.words;
    this.doubles = this.#pool.doubles;
    this.bySequence = new RecordIndex(this.#pool, HandshakeLayout.bySequenceAt);
    this.#byDataEnd = new RecordIndex(this.#pool, HandshakeLayout.byDataEndAt);
    this.#byLastSyn = new RecordQueue(this.#pool, HandshakeLayout.byLastSynAt);
  }

  get size(): number {
    return this.#pool.used;
  }

  /** The attempt whose last SYN is longest ago; NO_RECORD when there is none. */
  get oldest(): number {
    return this.#byLastSyn.oldest;
  }

  /** The newest attempt with this number behind the data of its SYN. */
  firstByDataEnd(dataEnd: number): number {
    let record = this.#byDataEnd.first(dataEnd);
    while (record !== NO_RECORD && this.words[record + dataEndAt] !== dataEnd) record = this.#byDataEnd.next(record);
    return record;
  }

  /** Takes a record for a new attempt; NO_RECORD when none is free. `hash` is the sighting's. */
  open(segment: Readonly<TcpSegment>, hash: number): number {
    const record = this.#pool.take();
    if (record === NO_RECORD) return record;
    const { words, doubles } = this;
    const { timeMicros, sequence } = segment;
    const at = record >> 1;
    doubles[at + startDouble] = timeMicros;
    doubles[at + lastSynDouble] = timeMicros;
    doubles[at + lastSightingDouble] = timeMicros;
    doubles[at + otherAnswerDouble] = 0;
    words[record + sequenceAt] = sequence;
    words[record + retriesAt] = 0;
    words[record + timestampAt] = segment.timestampValue;
    words[record + marksAt] = segment.hasTimestamp ? hasTimestamp : 0;
    writeTuple(words, record + firstAt, segment);
    writeTuple(words, record + lastAt, segment);
    words[record + seenAt] = hash;
    words[record + seenCountAt] = 1;
    words[record + directionAt] = segment.direction;
    words[record + legsThisRoundAt] = 1;
    words[record + legsBestRoundAt] = 1;
    this.bySequence.insert(record, sequence);
    this.#byLastSyn.append(record);
    if (segment.payloadLength > 0) this.#insertByDataEnd(record, (sequence + segment.payloadLength) | 0);
    return record;
  }

  /** A repeat of the SYN: the sighting is the first leg of another round. */
  beginRound(record: number, segment: TcpSegment): void {
    const { words, doubles } = this;
    const at = record >> 1;
    doubles[at + lastSynDouble] = segment.timeMicros;
    doubles[at + lastSightingDouble] = segment.timeMicros;
    // A repeat says that no answer reached the client: what came before it was none.
    doubles[at + otherAnswerDouble] = 0;
    words[record + retriesAt] = (words[record + retriesAt] ?? 0) + 1;
    words[record + timestampAt] = segment.timestampValue;
    words[record + marksAt] =
      ((words[record + marksAt] ?? 0) & ~hasTimestamp) | (segment.hasTimestamp ? hasTimestamp : 0);
    words[record + legsThisRoundAt] = 1;
    writeTuple(words, record + roundFirstAt, segment);
    writeTuple(words, record + roundLastAt, segment);
    this.#remember(record, segment);
    this.#byLastSyn.remove(record);
    this.#byLastSyn.append(record);
  }

  /** A further sighting in the present round: another copy of the last leg, or the next leg. */
  addSighting(record: number, segment: TcpSegment): void {
    const { words } = this;
    this.doubles[(record >> 1) + lastSightingDouble] = segment.timeMicros;
    const roundLast = this.roundLast(record);
    if (isTuple(words, roundLast, segment)) return;
    writeTuple(words, roundLast, segment);
    this.#remember(record, segment);
    const legs = (words[record + legsThisRoundAt] ?? 0) + 1;
    words[record + legsThisRoundAt] = legs;
    if (legs <= (words[record + legsBestRoundAt] ?? 0)) return;
    words[record + legsBestRoundAt] = legs;
    if (words[record + retriesAt] === 0) return;
    // Both legs: they stand one behind the other, in the round as in the best one.
    words.copyWithin(record + firstAt, record + roundFirstAt, record + roundFirstAt + 2 * TUPLE_WORDS);
  }

  /**
   * An answer that is not yet translated back: the copy that reaches the client follows, or the client never gets one.
   */
  noteOtherAnswer(record: number, timeMicros: number, isReset: boolean): void {
    const marks = (this.words[record + marksAt] ?? 0) & ~otherAnswerIsReset;
    this.words[record + marksAt] = isReset ? marks | otherAnswerIsReset : marks;
    this.doubles[(record >> 1) + otherAnswerDouble] = timeMicros;
  }

  /** Where the first and the last leg of the present round stand. The first round is the best one while it lasts. */
  roundFirst(record: number): number {
    return record + (this.words[record + retriesAt] === 0 ? firstAt : roundFirstAt);
  }

  roundLast(record: number): number {
    return record + (this.words[record + retriesAt] === 0 ? lastAt : roundLastAt);
  }

  release(record: number): void {
    this.bySequence.remove(record);
    this.#byLastSyn.remove(record);
    if (((this.words[record + marksAt] ?? 0) & hasData) !== 0) {
      this.#byDataEnd.remove(record);
      this.withData--;
    }
    this.#pool.release(record);
  }

  #insertByDataEnd(record: number, dataEnd: number): void {
    this.words[record + marksAt] = (this.words[record + marksAt] ?? 0) | hasData;
    this.words[record + dataEndAt] = dataEnd;
    this.#byDataEnd.insert(record, dataEnd);
    this.withData++;
  }

  #remember(record: number, segment: TcpSegment): void {
    const { words } = this;
    const count = words[record + seenCountAt] ?? 0;
    const hash = hashSighting(segment);
    for (let i = 0; i < count; i++) if (words[record + seenAt + i] === hash) return;
    if (count === MAX_SEEN) return;
    words[record + seenAt + count] = hash;
    words[record + seenCountAt] = count + 1;
  }
}
