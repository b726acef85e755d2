import { NO_RECORD, RecordIndex, RecordPool, RecordQueue } from "../../bounded/records.ts";
import { Direction } from "../../model/packet.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import {
  haveSameDestination,
  haveSameSource,
  isTuple,
  sameDestination,
  sameSource,
  TUPLE_WORDS,
  writeTuple,
} from "../../model/tuple.ts";
import { HandshakeLayout, HandshakeMark, MAX_FORMS, Previous } from "./handshake-layout.ts";
import { ServerIndex } from "./server-index.ts";

const { startDouble, lastSynDouble, otherAnswerDouble, sequenceAt, fingerprintAt, retriesAt } = HandshakeLayout;
const { marksAt, previousAt, answerSequenceAt, firstAt, lastAt, seenAt, seenCountAt, senderLinkAt } = HandshakeLayout;
const { formsAt, twinAt } = HandshakeLayout;
const { otherAnswerIsReset, isLaterTwin, hasGoneOut, isOneOfMany } = HandshakeMark;
const { isBridged: bridged, directionShift } = Previous;

/**
 * Half-open connection attempts, a record for each. A SYN passes a node as a round of sightings; a repeated SYN begins
 * another round. Single sightings may be lost, so what one round did not show another adds.
 */
export class HandshakeTable {
  readonly #pool: RecordPool;
  readonly #byLastSyn: RecordQueue;
  /** By the initial sequence number; of one number, those whose last SYN is newest stand first. */
  readonly bySequence: RecordIndex;
  readonly byServer: ServerIndex;
  /** SYNs that have the number of an attempt begun just before, and are none of its legs. */
  natTuplesRejected = 0;
  readonly words: Int32Array;
  readonly doubles: Float64Array;

  constructor(capacity: number) {
    this.#pool = new RecordPool(capacity, HandshakeLayout.words, 2);
    this.words = this.#pool.words;
    this.doubles = this.#pool.doubles;
    this.bySequence = new RecordIndex(this.#pool, HandshakeLayout.bySequenceAt);
    this.byServer = new ServerIndex(this.#pool);
    this.#byLastSyn = new RecordQueue(this.#pool, HandshakeLayout.byLastSynAt);
  }

  /** The attempt whose last SYN is longest ago; NO_RECORD when there is none. */
  get oldest(): number {
    return this.#byLastSyn.oldest;
  }

  /** The attempt with this number whose last SYN is newest. */
  newestWithNumber(sequence: number): number {
    const { words, bySequence } = this;
    let record = bySequence.first(sequence);
    while (record !== NO_RECORD && words[record + sequenceAt] !== sequence) record = bySequence.next(record);
    return record;
  }

  /**
   * Takes a record for a new attempt; NO_RECORD when none is free. `hash` is the sighting's, `other` the newest attempt
   * with its number.
   */
  open(segment: Readonly<TcpSegment>, fingerprint: number, hash: number, other: number): number {
    const record = this.#pool.take();
    if (record === NO_RECORD) return record;
    const { words, doubles } = this;
    const { timeMicros, sequence } = segment;
    const at = record >> 1;
    doubles[at + startDouble] = timeMicros;
    doubles[at + lastSynDouble] = timeMicros;
    doubles[at + otherAnswerDouble] = 0;
    words[record + sequenceAt] = sequence;
    words[record + fingerprintAt] = fingerprint;
    words[record + retriesAt] = 0;
    words[record + marksAt] = segment.direction << HandshakeMark.directionShift;
    writeTuple(words, record + firstAt, segment);
    writeTuple(words, record + lastAt, segment);
    words[record + seenAt] = hash;
    words[record + seenCountAt] = 1;
    words[record + senderLinkAt] = segment.senderLink;
    words[record + formsAt] = 1;
    words[record + twinAt] = NO_RECORD;
    this.#noteSighting(record, segment);
    this.bySequence.insert(record, sequence);
    this.#byLastSyn.append(record);
    if (other !== NO_RECORD) {
      this.byServer.share(other);
      this.byServer.share(record);
    }
    if (segment.payloadLength > 0) this.byServer.addDataEnd(record, (sequence + segment.payloadLength) | 0);
    return record;
  }

  /** A repeat of the SYN: the sighting is the first of another round. */
  beginRound(record: number, segment: TcpSegment, fingerprint: number): void {
    this.#repeat(record, segment.timeMicros, fingerprint);
    this.#noteSighting(record, segment);
  }

  /** Another sighting, in the present round, of a form that is known. */
  addCopy(record: number, segment: TcpSegment): void {
    this.#noteSighting(record, segment);
    if (this.words[record + twinAt] !== NO_RECORD) this.#noteTwin(record, segment);
  }

  /** A form of the SYN that was not seen yet: it passed some NAT since. `hash` is the sighting's. */
  addPostNat(record: number, segment: TcpSegment, hash: number): void {
    const { words } = this;
    const forms = words[record + formsAt] ?? 0;
    this.#noteSighting(record, segment);
    if (words[record + twinAt] !== NO_RECORD) this.#noteTwin(record, segment);
    words[record + formsAt] = forms + 1;
    this.#remember(record, hash);
    const isFirstNat = forms === 1 && words[record + retriesAt] === 0;
    if (!isFirstNat && !this.#isFurther(record, segment)) return;
    this.byServer.leave(record);
    writeTuple(words, record + lastAt, segment);
    this.byServer.enter(record);
  }

  /** A form that was lost before may stand in between; a repeat may have got another translation. */
  #isFurther(record: number, segment: TcpSegment): boolean {
    const { words } = this;
    const first = record + firstAt;
    const last = record + lastAt;
    const translated = Number(!sameSource(words, first, segment)) + Number(!sameDestination(words, first, segment));
    const before = Number(!haveSameSource(words, first, last)) + Number(!haveSameDestination(words, first, last));
    return translated >= before;
  }

  /**
   * The repeat of `record` began with `fresh`, a form of the SYN that no round had shown: it is no attempt of its own.
   * The form `known` of `record` followed it.
   */
  takeBeginning(record: number, fresh: number, known: TcpSegment): void {
    const { words, doubles } = this;
    this.#repeat(record, doubles[(fresh >> 1) + startDouble] ?? 0, words[fresh + fingerprintAt] ?? 0);
    this.#noteSighting(record, known);
    words[record + formsAt] = 2;
    this.#remember(record, words[fresh + seenAt] ?? 0);
    if (isTuple(words, record + firstAt, known)) {
      this.byServer.leave(record);
      words.copyWithin(record + senderLinkAt, fresh + senderLinkAt, fresh + firstAt + TUPLE_WORDS);
      this.byServer.enter(record);
    }
    this.release(fresh);
  }

  /** Two attempts that may be one, whose second leg looks like the attempt `later`: what follows shows it. */
  link(record: number, later: number): void {
    this.words[record + twinAt] = later;
    this.words[later + twinAt] = record;
    this.#mark(later, isLaterTwin, true);
    this.#mark(later, hasGoneOut, false);
  }

  /** They are two, whatever they share. */
  unlink(record: number): void {
    const { words } = this;
    const twin = words[record + twinAt] ?? NO_RECORD;
    this.natTuplesRejected++;
    words[record + twinAt] = NO_RECORD;
    words[twin + twinAt] = NO_RECORD;
    this.#mark(record, isLaterTwin, false);
    this.#mark(twin, isLaterTwin, false);
  }

  /** They are one: `later` was another leg of `record`. */
  unite(record: number, later: number): void {
    const { words, doubles } = this;
    const answeredAt = otherAnswerDouble + (later >> 1);
    doubles[(record >> 1) + otherAnswerDouble] = doubles[answeredAt] ?? 0;
    words[record + answerSequenceAt] = words[later + answerSequenceAt] ?? 0;
    this.#mark(record, otherAnswerIsReset, ((words[later + marksAt] ?? 0) & otherAnswerIsReset) !== 0);
    words[record + previousAt] = words[later + previousAt] ?? 0;
    words[record + formsAt] = MAX_FORMS;
    for (let i = 0; i < (words[later + seenCountAt] ?? 0); i++) this.#remember(record, words[later + seenAt + i] ?? 0);
    this.byServer.leave(record);
    words.copyWithin(record + lastAt, later + lastAt, later + lastAt + TUPLE_WORDS);
    this.byServer.enter(record);
    words[record + twinAt] = NO_RECORD;
    words[later + twinAt] = NO_RECORD;
    this.release(later);
  }

  /**
   * An answer that is not yet translated back: the copy that reaches the client follows, or the client never gets one.
   */
  noteOtherAnswer(record: number, answer: TcpSegment, isReset: boolean): void {
    this.#mark(record, otherAnswerIsReset, isReset);
    this.words[record + answerSequenceAt] = answer.sequence;
    this.doubles[(record >> 1) + otherAnswerDouble] = answer.timeMicros;
  }

  release(record: number): void {
    if (this.words[record + twinAt] !== NO_RECORD) this.unlink(record);
    this.bySequence.remove(record);
    this.#byLastSyn.remove(record);
    this.byServer.leave(record);
    this.byServer.removeDataEnd(record);
    this.#pool.release(record);
  }

  #repeat(record: number, timeMicros: number, fingerprint: number): void {
    const { words, doubles } = this;
    const at = record >> 1;
    doubles[at + lastSynDouble] = timeMicros;
    // A repeat says that no answer reached the client: what came before it was none.
    doubles[at + otherAnswerDouble] = 0;
    words[record + retriesAt] = (words[record + retriesAt] ?? 0) + 1;
    words[record + fingerprintAt] = fingerprint;
    words[record + formsAt] = 1;
    this.bySequence.remove(record);
    this.bySequence.insert(record, words[record + sequenceAt] ?? 0);
    this.#byLastSyn.remove(record);
    this.#byLastSyn.append(record);
  }

  #noteSighting(record: number, { hops, direction, isBridged }: Readonly<TcpSegment>): void {
    this.words[record + previousAt] = hops | (isBridged ? bridged : 0) | (direction << directionShift);
  }

  /** Of twins only the later one goes on; where the first one does, they are two. */
  #noteTwin(record: number, segment: TcpSegment): void {
    if (!this.hasMark(record, isLaterTwin)) this.unlink(record);
    else if (segment.direction === Direction.outgoing) this.#mark(record, hasGoneOut, true);
  }

  #remember(record: number, hash: number): void {
    const { words } = this;
    const count = words[record + seenCountAt] ?? 0;
    if (count === MAX_FORMS) return;
    words[record + seenAt + count] = hash;
    words[record + seenCountAt] = count + 1;
  }

  hasMark(record: number, mark: number): boolean {
    return ((this.words[record + marksAt] ?? 0) & mark) !== 0;
  }

  /** A tool's: no other is a leg of it by mere likeness. */
  markOneOfMany(record: number): void {
    this.#mark(record, isOneOfMany, true);
  }

  #mark(record: number, mark: number, isSet: boolean): void {
    const marks = (this.words[record + marksAt] ?? 0) & ~mark;
    this.words[record + marksAt] = isSet ? marks | mark : marks;
  }
}
