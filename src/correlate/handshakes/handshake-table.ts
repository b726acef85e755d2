import { NO_RECORD, RecordIndex, RecordPool, RecordQueue } from "../../bounded/records.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { EARLY_RETRANSMISSION_MICROS, HANDSHAKE_MICROS, RETRANSMISSION_MICROS } from "../../model/waiting-times.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import { HANDSHAKE_WORDS, HandshakeLinks, HandshakeRecords, MAX_TUPLES } from "./handshake-records.ts";
import { OtherAnswers } from "./other-answers.ts";
import { ServerIndex } from "./server-index.ts";

/**
 * Half-open connection attempts, a record for each: found by sequence number and by server, ordered by their latest
 * SYN. Every transmission of a SYN has several sightings, any of which the capture may lose; what one transmission did
 * not show, a later one adds.
 */
export class HandshakeTable extends HandshakeRecords {
  readonly #pool: RecordPool;
  readonly #byLastSyn: RecordQueue;
  /** By sequence number; of equal numbers, the attempt with the newest SYN comes first. */
  readonly bySequence: RecordIndex;
  readonly byServer: ServerIndex;
  readonly otherAnswers = new OtherAnswers();

  constructor(capacity: number) {
    const pool = new RecordPool(capacity, HANDSHAKE_WORDS, 2);
    super(pool);
    this.#pool = pool;
    this.bySequence = new RecordIndex(pool, HandshakeLinks.bySequence);
    this.byServer = new ServerIndex(pool, this);
    this.#byLastSyn = new RecordQueue(pool, HandshakeLinks.byLastSyn);
  }

  get size(): number {
    return this.#pool.used;
  }

  /** The attempt with the oldest latest SYN; NO_RECORD when the table is empty. */
  get oldest(): number {
    return this.#byLastSyn.oldest;
  }

  /** When the attempt has waited long enough for an answer. */
  deadlineMicros(record: number): number {
    return this.lastSynMicros(record) + HANDSHAKE_MICROS;
  }

  /** The attempt with this number and the newest SYN; NO_RECORD without one. */
  newestWithNumber(sequence: number): number {
    const { bySequence } = this;
    let record = bySequence.first(sequence);
    while (record !== NO_RECORD && this.sequence(record) !== sequence) record = bySequence.next(record);
    return record;
  }

  /**
   * Takes a record for a new attempt; NO_RECORD when none is free. `hash` is that of the tuple, `other` the newest
   * attempt with the same number.
   */
  open(segment: Readonly<TcpSegment>, fingerprint: number, hash: number, other: number): number {
    const record = this.#pool.take();
    if (record === NO_RECORD) return record;
    const { sequence, payloadLength } = segment;
    this.initialize(record, segment, fingerprint, hash);
    this.bySequence.insert(record, sequence);
    this.#byLastSyn.append(record);
    if (other !== NO_RECORD) {
      this.byServer.share(other);
      this.byServer.share(record);
    }
    if (payloadLength > 0) this.byServer.addDataEnd(record, (sequence + payloadLength) | 0);
    return record;
  }

  /** Whether a sighting with a tuple of the attempt is of a new transmission, and not a copy of the latest one. */
  isRetransmission(record: number, { timeMicros }: TcpSegment, fingerprint: number): boolean {
    const sinceSyn = timeMicros - this.lastSynMicros(record);
    if (sinceSyn <= EARLY_RETRANSMISSION_MICROS) return false;
    return sinceSyn > RETRANSMISSION_MICROS || this.fingerprint(record) !== fingerprint;
  }

  /** First sighting of a retransmission. */
  addRetransmission(record: number, segment: TcpSegment, fingerprint: number): void {
    this.#retransmit(record, segment.timeMicros, fingerprint);
    this.setLatestSighting(record, segment);
    this.noteRedirection(record, segment);
  }

  /** A sighting of the latest transmission with a new tuple: NAT has translated it. `hash` is that of the tuple. */
  addTuple(record: number, segment: TcpSegment, hash: number): void {
    const count = this.latestTuples(record);
    this.setLatestSighting(record, segment);
    this.setLatestTuples(record, count + 1);
    this.addTupleHash(record, hash);
    this.noteRedirection(record, segment);
    const isFirstTranslation = count === 1 && this.retries(record) === 0;
    if (!isFirstTranslation && !this.#isFurtherTranslated(record, segment)) return;
    this.byServer.remove(record);
    this.tuples.setLast(record, segment);
    this.byServer.insert(record);
  }

  /** A sighting of the latest transmission. Only retransmissions need it: the tuples of the attempt show the rest. */
  noteRedirection(record: number, segment: TcpSegment): void {
    if (this.retries(record) === 0 || this.tuples.hasFirstDestination(record, segment)) return;
    this.setFlag(record, HandshakeFlag.isRedirectedAgain, true);
  }

  /** A sighting in between may be lost, and a retransmission may be translated to another server. */
  #isFurtherTranslated(record: number, segment: TcpSegment): boolean {
    const { tuples } = this;
    const ends = Number(!tuples.hasFirstSource(record, segment)) + Number(!tuples.hasFirstDestination(record, segment));
    return ends >= Number(tuples.isSourceTranslated(record)) + Number(tuples.isDestinationTranslated(record));
  }

  /**
   * The first sighting of a retransmission of `record` had a tuple that no earlier transmission had shown, and so
   * opened the attempt `opened`. `known` is the next sighting, with a tuple of `record`. Releases `opened`.
   */
  mergeRetransmission(record: number, opened: number, known: TcpSegment): void {
    this.#retransmit(record, this.startMicros(opened), this.fingerprint(opened));
    this.setLatestSighting(record, known);
    this.setLatestTuples(record, 2);
    this.addTupleHash(record, this.tupleHash(opened, 0));
    if (this.tuples.isFirst(record, known)) {
      this.byServer.remove(record);
      this.copyFirstSighting(opened, record);
      this.byServer.insert(record);
    }
    this.noteRedirection(record, known);
    this.release(opened);
  }

  /** The attempt `later` is the SYN of `record` after NAT. Releases `later`. */
  merge(record: number, later: number): void {
    const isReset = this.hasFlag(later, HandshakeFlag.isUntranslatedReset);
    this.setUntranslatedAnswer(record, this.untranslatedAnswerMicros(later), this.answerSequence(later), isReset);
    this.copyLatestSighting(later, record);
    this.setLatestTuples(record, MAX_TUPLES);
    for (let i = 0; i < this.tupleCount(later); i++) this.addTupleHash(record, this.tupleHash(later, i));
    this.byServer.remove(record);
    this.tuples.copyLast(later, record);
    this.byServer.insert(record);
    this.release(later);
  }

  /** The attempt must have no counterpart. */
  release(record: number): void {
    this.otherAnswers.forget(record);
    this.bySequence.remove(record);
    this.#byLastSyn.remove(record);
    this.byServer.remove(record);
    this.byServer.removeDataEnd(record);
    this.#pool.release(record);
  }

  #retransmit(record: number, timeMicros: number, fingerprint: number): void {
    this.beginTransmission(record, timeMicros, fingerprint);
    this.setFlag(record, HandshakeFlag.isRedirectedAgain, false);
    this.otherAnswers.repeat(record);
    this.addRetry(record);
    this.bySequence.remove(record);
    this.bySequence.insert(record, this.sequence(record));
    this.#byLastSyn.remove(record);
    this.#byLastSyn.append(record);
  }
}
