import { NO_SLOT, SlotIndex, SlotPool, SlotQueue } from "../bounded/slots.ts";
import type { Direction } from "../model/packet.ts";
import type { TcpSegment } from "../model/tcp-segment.ts";
import { copyTuple, hashSighting, isTuple, TUPLE_WORDS, writeTuple } from "./tuple.ts";

/** Sightings whose hashes are kept for one attempt: it passes one node in up to three forms. */
const MAX_SEEN = 3;

/**
 * Half-open connection attempts: the fields of each stand side by side in typed arrays, under its slot number.
 * A SYN passes a node as a round of legs; a repeated SYN begins another round. The round that showed most legs tells
 * who dialled what (first leg) and who serves (last leg), since single sightings may be lost.
 */
export class HandshakeTable {
  readonly #pool: SlotPool;
  readonly #bySequence: SlotIndex;
  /** Fast Open: the server may acknowledge the SYN's data too, so such an attempt has a second number. */
  readonly #byDataEnd: SlotIndex;
  readonly #byLastSyn: SlotQueue;
  readonly #sequence: Int32Array;
  readonly #dataEnd: Int32Array;
  readonly #hasData: Uint8Array;
  readonly #legsThisRound: Uint8Array;
  readonly #legsBestRound: Uint8Array;
  readonly #seen: Int32Array;
  readonly #seenCount: Uint8Array;

  /** First SYN, last SYN, and last sighting of any. */
  readonly startMicros: Float64Array;
  readonly lastSynMicros: Float64Array;
  readonly lastSightingMicros: Float64Array;
  /** Time of an answer that did not carry the dialled address; 0 without. */
  readonly otherAnswerMicros: Float64Array;
  readonly otherAnswerIsReset: Uint8Array;
  readonly retries: Int32Array;
  readonly timestampValue: Int32Array;
  readonly hasTimestamp: Uint8Array;
  /** Direction of the first sighting. */
  readonly firstDirection: Uint8Array;
  /** Legs of the best round so far, and of the present one. */
  readonly firstTuples: Int32Array;
  readonly lastTuples: Int32Array;
  readonly roundFirstTuples: Int32Array;
  readonly roundLastTuples: Int32Array;

  constructor(capacity: number) {
    this.#pool = new SlotPool(capacity);
    this.#bySequence = new SlotIndex(capacity);
    this.#byDataEnd = new SlotIndex(capacity);
    this.#byLastSyn = new SlotQueue(capacity);
    this.#sequence = new Int32Array(capacity);
    this.#dataEnd = new Int32Array(capacity);
    this.#hasData = new Uint8Array(capacity);
    this.#legsThisRound = new Uint8Array(capacity);
    this.#legsBestRound = new Uint8Array(capacity);
    this.#seen = new Int32Array(MAX_SEEN * capacity);
    this.#seenCount = new Uint8Array(capacity);
    this.startMicros = new Float64Array(capacity);
    this.lastSynMicros = new Float64Array(capacity);
    this.lastSightingMicros = new Float64Array(capacity);
    this.otherAnswerMicros = new Float64Array(capacity);
    this.otherAnswerIsReset = new Uint8Array(capacity);
    this.retries = new Int32Array(capacity);
    this.timestampValue = new Int32Array(capacity);
    this.hasTimestamp = new Uint8Array(capacity);
    this.firstDirection = new Uint8Array(capacity);
    this.firstTuples = new Int32Array(TUPLE_WORDS * capacity);
    this.lastTuples = new Int32Array(TUPLE_WORDS * capacity);
    this.roundFirstTuples = new Int32Array(TUPLE_WORDS * capacity);
    this.roundLastTuples = new Int32Array(TUPLE_WORDS * capacity);
  }

  get size(): number {
    return this.#pool.used;
  }

  /** The attempt whose last SYN is longest ago; NO_SLOT when there is none. */
  get oldest(): number {
    return this.#byLastSyn.oldest;
  }

  /** First and next attempt with this initial sequence number. */
  first(sequence: number): number {
    return this.#matching(this.#bySequence.first(sequence), sequence);
  }

  next(slot: number): number {
    return this.#matching(this.#bySequence.next(slot), this.sequenceOf(slot));
  }

  /** The same by the number behind the data of a Fast Open SYN. */
  firstByDataEnd(dataEnd: number): number {
    let slot = this.#byDataEnd.first(dataEnd);
    while (slot !== NO_SLOT && this.#dataEnd[slot] !== dataEnd) slot = this.#byDataEnd.next(slot);
    return slot;
  }

  sequenceOf(slot: number): number {
    return this.#sequence[slot] ?? 0;
  }

  /** Takes a slot for a new attempt; NO_SLOT when none is free. `hash` is the sighting's. */
  open(segment: Readonly<TcpSegment>, hash: number): number {
    const slot = this.#pool.take();
    if (slot === NO_SLOT) return slot;
    const { timeMicros, sequence, payloadLength } = segment;
    this.#sequence[slot] = sequence;
    this.#bySequence.insert(slot, sequence);
    this.#hasData[slot] = payloadLength > 0 ? 1 : 0;
    if (payloadLength > 0) {
      const dataEnd = (sequence + payloadLength) | 0;
      this.#dataEnd[slot] = dataEnd;
      this.#byDataEnd.insert(slot, dataEnd);
    }
    this.#byLastSyn.append(slot);
    this.startMicros[slot] = timeMicros;
    this.lastSynMicros[slot] = timeMicros;
    this.lastSightingMicros[slot] = timeMicros;
    this.otherAnswerMicros[slot] = 0;
    this.retries[slot] = 0;
    this.timestampValue[slot] = segment.timestampValue;
    this.hasTimestamp[slot] = segment.hasTimestamp ? 1 : 0;
    this.firstDirection[slot] = segment.direction satisfies Direction;
    this.#legsThisRound[slot] = 1;
    this.#legsBestRound[slot] = 1;
    const at = slot * TUPLE_WORDS;
    writeTuple(this.firstTuples, at, segment);
    copyTuple(this.firstTuples, this.lastTuples, at);
    copyTuple(this.firstTuples, this.roundFirstTuples, at);
    copyTuple(this.firstTuples, this.roundLastTuples, at);
    this.#seen[MAX_SEEN * slot] = hash;
    this.#seenCount[slot] = 1;
    return slot;
  }

  /** A repeat of the SYN: the sighting is the first leg of another round. */
  beginRound(slot: number, segment: TcpSegment): void {
    const now = segment.timeMicros;
    this.retries[slot] = (this.retries[slot] ?? 0) + 1;
    this.lastSynMicros[slot] = now;
    this.lastSightingMicros[slot] = now;
    this.timestampValue[slot] = segment.timestampValue;
    this.hasTimestamp[slot] = segment.hasTimestamp ? 1 : 0;
    // A repeat says that no answer reached the client: what came before it was none.
    this.otherAnswerMicros[slot] = 0;
    this.#legsThisRound[slot] = 1;
    writeTuple(this.roundFirstTuples, slot * TUPLE_WORDS, segment);
    writeTuple(this.roundLastTuples, slot * TUPLE_WORDS, segment);
    this.#remember(slot, segment);
    this.#byLastSyn.moveToEnd(slot);
  }

  /** A further sighting in the present round: another copy of the last leg, or the next leg. */
  addSighting(slot: number, segment: TcpSegment): void {
    const at = slot * TUPLE_WORDS;
    this.lastSightingMicros[slot] = segment.timeMicros;
    if (isTuple(this.roundLastTuples, at, segment)) return;
    writeTuple(this.roundLastTuples, at, segment);
    this.#remember(slot, segment);
    const legs = Math.min(255, (this.#legsThisRound[slot] ?? 0) + 1);
    this.#legsThisRound[slot] = legs;
    if (legs <= (this.#legsBestRound[slot] ?? 0)) return;
    this.#legsBestRound[slot] = legs;
    copyTuple(this.roundFirstTuples, this.firstTuples, at);
    copyTuple(this.roundLastTuples, this.lastTuples, at);
  }

  /** Hashes of the attempt's different sightings. */
  seenCount(slot: number): number {
    return this.#seenCount[slot] ?? 0;
  }

  seen(slot: number, i: number): number {
    return this.#seen[MAX_SEEN * slot + i] ?? 0;
  }

  release(slot: number): void {
    this.#bySequence.remove(slot);
    if (this.#hasData[slot] === 1) this.#byDataEnd.remove(slot);
    this.#byLastSyn.remove(slot);
    this.#pool.release(slot);
  }

  #matching(from: number, sequence: number): number {
    let slot = from;
    while (slot !== NO_SLOT && this.#sequence[slot] !== sequence) slot = this.#bySequence.next(slot);
    return slot;
  }

  #remember(slot: number, segment: TcpSegment): void {
    const count = this.#seenCount[slot] ?? 0;
    const hash = hashSighting(segment);
    for (let i = 0; i < count; i++) if (this.#seen[MAX_SEEN * slot + i] === hash) return;
    if (count === MAX_SEEN) return;
    this.#seen[MAX_SEEN * slot + count] = hash;
    this.#seenCount[slot] = count + 1;
  }
}
