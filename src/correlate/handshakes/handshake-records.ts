import { NO_RECORD, type RecordPool } from "../../bounded/records.ts";
import type { Direction } from "../../model/packet.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { TUPLE_PAIR_WORDS, TuplePair } from "../../model/tuple-pair.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import { hashTuple } from "./tuple-hash.ts";

/** A node sees a SYN with up to three tuples: as the client sent it, after one translation, after two. */
export const MAX_TUPLES = 3;

/** Positions of the fields in a record: 32-bit words (`…At`), doubles (`…Double`). */
const Layout = {
  startDouble: 0,
  lastSynDouble: 1,
  untranslatedAnswerDouble: 2,
  sequenceAt: 6,
  fingerprintAt: 7,
  bySequenceAt: 8,
  byLastSynAt: 10,
  retriesAt: 12,
  flagsAt: 13,
  latestSightingAt: 14,
  senderLinkAt: 15,
  tuplesAt: 16,
  hashesAt: 16 + TUPLE_PAIR_WORDS,
  hashCountAt: 37,
  answerSequenceAt: 38,
  latestTuplesAt: 39,
  byServerAt: 40,
  dataEndAt: 46,
  counterpartAt: 47,
} as const;
const { startDouble, lastSynDouble, untranslatedAnswerDouble, sequenceAt, fingerprintAt, retriesAt, flagsAt } = Layout;
const { latestSightingAt, senderLinkAt, hashesAt, hashCountAt, answerSequenceAt, latestTuplesAt, dataEndAt } = Layout;
const { counterpartAt } = Layout;

/** Length of a record in words: three cache lines, the first two of which have what every SYN touches. */
export const HANDSHAKE_WORDS = 48;

/** Words for the links of indexes and queues; `byServer` has two for each of an attempt's three entries. */
export const HandshakeLinks = {
  bySequence: Layout.bySequenceAt,
  byLastSyn: Layout.byLastSynAt,
  byServer: Layout.byServerAt,
} as const;

/** The direction of the first sighting is stored above the flags. */
const DIRECTION_SHIFT = 8;

/** The latest sighting in one word: hop limit, whether a bridge port showed it, direction. */
const HOPS_MASK = 0xff;
const IS_BRIDGED = 0x100;
const LATEST_DIRECTION_SHIFT = 9;

/** The fields of connection attempts. This file alone knows where in its record a field is. */
export class HandshakeRecords {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  /** First: before NAT. Last: after NAT. */
  readonly tuples: TuplePair;

  constructor(pool: RecordPool) {
    this.#words = pool.words;
    this.#doubles = pool.doubles;
    this.tuples = new TuplePair(pool.words, Layout.tuplesAt);
  }

  /** Sets every field for an attempt that begins with this SYN. `hash` is that of its tuple. */
  initialize(record: number, segment: Readonly<TcpSegment>, fingerprint: number, hash: number): void {
    const words = this.#words;
    this.#doubles[(record >> 1) + startDouble] = segment.timeMicros;
    words[record + sequenceAt] = segment.sequence;
    words[record + retriesAt] = 0;
    words[record + flagsAt] = segment.direction << DIRECTION_SHIFT;
    words[record + senderLinkAt] = segment.senderLink;
    words[record + hashesAt] = hash;
    words[record + hashCountAt] = 1;
    words[record + counterpartAt] = NO_RECORD;
    this.tuples.setBoth(record, segment);
    this.beginTransmission(record, segment.timeMicros, fingerprint);
    this.setLatestSighting(record, segment);
  }

  /** A client that sends the SYN again has got no answer, so an untranslated answer is void. */
  beginTransmission(record: number, timeMicros: number, fingerprint: number): void {
    const words = this.#words;
    this.#doubles[(record >> 1) + lastSynDouble] = timeMicros;
    this.#doubles[(record >> 1) + untranslatedAnswerDouble] = 0;
    words[record + fingerprintAt] = fingerprint;
    words[record + latestTuplesAt] = 1;
  }

  /** Time of the first SYN. */
  startMicros(record: number): number {
    return this.#doubles[(record >> 1) + startDouble] as number;
  }

  /** Time of the latest transmission of the SYN, at its first sighting. */
  lastSynMicros(record: number): number {
    return this.#doubles[(record >> 1) + lastSynDouble] as number;
  }

  /** Of the latest transmission. */
  fingerprint(record: number): number {
    return this.#words[record + fingerprintAt] as number;
  }

  /** How many tuples the sightings of the latest transmission had. */
  latestTuples(record: number): number {
    return this.#words[record + latestTuplesAt] as number;
  }

  setLatestTuples(record: number, count: number): void {
    this.#words[record + latestTuplesAt] = count;
  }

  sequence(record: number): number {
    return this.#words[record + sequenceAt] as number;
  }

  /** Whether an answer to `number` acknowledges the SYN, with or without its data. */
  isAcknowledgedBy(record: number, number: number): boolean {
    if (this.#words[record + sequenceAt] === number) return true;
    return this.hasFlag(record, HandshakeFlag.hasData) && this.#words[record + dataEndAt] === number;
  }

  /** The number that an answer acknowledges where it acknowledges the data of the SYN too. */
  setDataEnd(record: number, dataEnd: number): void {
    this.#words[record + dataEndAt] = dataEnd;
    this.setFlag(record, HandshakeFlag.hasData, true);
  }

  /** Retransmissions of the SYN. */
  retries(record: number): number {
    return this.#words[record + retriesAt] as number;
  }

  addRetry(record: number): void {
    this.#words[record + retriesAt] = this.retries(record) + 1;
  }

  hasFlag(record: number, flag: number): boolean {
    return ((this.#words[record + flagsAt] as number) & flag) !== 0;
  }

  setFlag(record: number, flag: number, isSet: boolean): void {
    const flags = this.#words[record + flagsAt] as number;
    this.#words[record + flagsAt] = isSet ? flags | flag : flags & ~flag;
  }

  /** Direction of the first sighting. */
  direction(record: number): Direction {
    return ((this.#words[record + flagsAt] as number) >>> DIRECTION_SHIFT) as Direction;
  }

  /** Link-layer sender of the first sighting; see `TcpSegment`. */
  senderLink(record: number): number {
    return this.#words[record + senderLinkAt] as number;
  }

  setLatestSighting(record: number, { hops, direction, isBridged }: Readonly<TcpSegment>): void {
    this.#words[record + latestSightingAt] =
      hops | (isBridged ? IS_BRIDGED : 0) | (direction << LATEST_DIRECTION_SHIFT);
  }

  latestHops(record: number): number {
    return (this.#words[record + latestSightingAt] as number) & HOPS_MASK;
  }

  latestDirection(record: number): Direction {
    return ((this.#words[record + latestSightingAt] as number) >>> LATEST_DIRECTION_SHIFT) as Direction;
  }

  isLatestBridged(record: number): boolean {
    return ((this.#words[record + latestSightingAt] as number) & IS_BRIDGED) !== 0;
  }

  /** Whether a sighting of the SYN had this tuple. */
  hasTuple(record: number, segment: TcpSegment): boolean {
    if (this.tuples.isFirstOrLast(record, segment)) return true;
    const words = this.#words;
    const count = words[record + hashCountAt] as number;
    if (count < 2) return false;
    const hash = hashTuple(segment);
    for (let i = 0; i < count; i++) if (words[record + hashesAt + i] === hash) return true;
    return false;
  }

  /** How many tuples the sightings of all transmissions had; at most `MAX_TUPLES` are kept. */
  tupleCount(record: number): number {
    return this.#words[record + hashCountAt] as number;
  }

  tupleHash(record: number, index: number): number {
    return this.#words[record + hashesAt + index] as number;
  }

  addTupleHash(record: number, hash: number): void {
    const count = this.tupleCount(record);
    if (count === MAX_TUPLES) return;
    this.#words[record + hashesAt + count] = hash;
    this.#words[record + hashCountAt] = count + 1;
  }

  /** Time of an answer that NAT has not translated back for the client; 0 without one. */
  untranslatedAnswerMicros(record: number): number {
    return this.#doubles[(record >> 1) + untranslatedAnswerDouble] as number;
  }

  /** Sequence number of that answer. */
  answerSequence(record: number): number {
    return this.#words[record + answerSequenceAt] as number;
  }

  setUntranslatedAnswer(record: number, timeMicros: number, sequence: number, isReset: boolean): void {
    this.#doubles[(record >> 1) + untranslatedAnswerDouble] = timeMicros;
    this.#words[record + answerSequenceAt] = sequence;
    this.setFlag(record, HandshakeFlag.isUntranslatedReset, isReset);
  }

  /** The other attempt of an ambiguous pair; NO_RECORD without one. */
  counterpart(record: number): number {
    return this.#words[record + counterpartAt] as number;
  }

  setCounterpart(record: number, other: number): void {
    this.#words[record + counterpartAt] = other;
  }

  /** Copies the sender and the tuple of the first sighting. */
  copyFirstSighting(from: number, to: number): void {
    this.#words[to + senderLinkAt] = this.senderLink(from);
    this.tuples.copyFirst(from, to);
  }

  copyLatestSighting(from: number, to: number): void {
    this.#words[to + latestSightingAt] = this.#words[from + latestSightingAt] as number;
  }
}
