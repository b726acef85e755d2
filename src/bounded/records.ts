import { KeyedHash } from "./keyed-hash.ts";

/**
 * Tables without objects: a fixed number of records of equal size in one typed array, so that a record is in one or two cache
 * lines of the CPU. A record is identified by the position of its first 32-bit word. The owner defines the layout, with two
 * words for each index and queue that contains the record. RecordPool allocates records, RecordIndex finds them by hash,
 * RecordQueue keeps them in order. All operations take O(1) and allocate nothing, so a flood costs the same per packet.
 *
 * The record at 0 is never used: it ends every chain, and begins and ends every queue, so that links need no test for null.
 */
export const NO_RECORD = 0;

/** Allocates records: released ones first, then new ones. */
export class RecordPool {
  readonly capacity: number;
  /** All records as 32-bit words, and after them the buckets of the indexes. */
  readonly words: Int32Array;
  /** The same memory as doubles: those of a record begin at `record >> 1`. */
  readonly doubles: Float64Array;
  readonly #recordWords: number;
  /** Released records, linked through their first word. */
  #free = NO_RECORD;
  #last = NO_RECORD;
  #buckets: number;
  used = 0;

  /**
   * `recordWords` is even; with a multiple of 16, records do not share cache lines. `indexes`: number of `RecordIndex`es over
   * these records.
   */
  constructor(capacity: number, recordWords: number, indexes = 0) {
    this.capacity = capacity;
    this.#recordWords = recordWords;
    this.#buckets = (capacity + 1) * recordWords;
    const words = this.#buckets + indexes * 2 ** bucketBits(capacity);
    const buffer = new ArrayBuffer(Math.ceil(words / 2) * Float64Array.BYTES_PER_ELEMENT);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** A free record, with the words of its last use; NO_RECORD if none is free. */
  take(): number {
    let record = this.#free;
    if (record !== NO_RECORD) {
      this.#free = this.words[record] ?? NO_RECORD;
    } else {
      if (this.used === this.capacity) return NO_RECORD;
      record = this.#last + this.#recordWords;
      this.#last = record;
    }
    this.used++;
    return record;
  }

  release(record: number): void {
    this.words[record] = this.#free;
    this.#free = record;
    this.used--;
  }

  /** Position of the buckets of a new index. */
  reserveBuckets(): number {
    const at = this.#buckets;
    this.#buckets += 2 ** bucketBits(this.capacity);
    if (this.#buckets > this.words.length) throw new RangeError("the pool has no buckets for another index");
    return at;
  }
}

/** Two records for each bucket when all are in use: usually few are, and fewer buckets fit into the cache of the CPU. */
function bucketBits(capacity: number): number {
  return Math.ceil(Math.log2(Math.max(2, capacity / 2)));
}

/**
 * Finds records by a 32-bit hash. The records of a bucket form a chain, newest first; the owner compares their keys.
 * Hashes come from the wire, so the bucket depends on random numbers for each index: senders cannot choose hashes that share
 * a bucket. Results do not depend on them.
 * Senders can choose any number of records with one hash: the owner bounds how many it compares.
 */
export class RecordIndex {
  readonly #words: Int32Array;
  /** Words of a record: the next record in its bucket, and the position of the word that points to this record. */
  readonly #nextAt: number;
  readonly #pointerAt: number;
  readonly #buckets: number;
  readonly #shift: number;
  readonly #hash = new KeyedHash();

  /** Uses the words `linkAt` and `linkAt` + 1 of each record. */
  constructor(pool: RecordPool, linkAt: number) {
    this.#words = pool.words;
    this.#nextAt = linkAt;
    this.#pointerAt = linkAt + 1;
    this.#buckets = pool.reserveBuckets();
    this.#shift = 32 - bucketBits(pool.capacity);
  }

  /** The newest record in the bucket of this hash. */
  first(hash: number): number {
    const bucket = this.#hash.mix(0, hash) >>> this.#shift;
    return this.#words[this.#buckets + bucket] ?? NO_RECORD;
  }

  /** The next older record in the same bucket. */
  next(record: number): number {
    return this.#words[record + this.#nextAt] ?? NO_RECORD;
  }

  insert(record: number, hash: number): void {
    const words = this.#words;
    const pointer = this.#buckets + (this.#hash.mix(0, hash) >>> this.#shift);
    const next = words[pointer] ?? NO_RECORD;
    words[record + this.#nextAt] = next;
    words[record + this.#pointerAt] = pointer;
    words[next + this.#pointerAt] = record + this.#nextAt;
    words[pointer] = record;
  }

  remove(record: number): void {
    const words = this.#words;
    const next = words[record + this.#nextAt] ?? NO_RECORD;
    const pointer = words[record + this.#pointerAt] ?? NO_RECORD;
    words[pointer] = next;
    words[next + this.#pointerAt] = pointer;
  }
}

/**
 * Keeps records in the order of their addition. If all records have the same timeout, that is the order of their deadlines.
 * A doubly linked ring, closed by the unused record at 0, whose newer neighbor is the oldest record.
 */
export class RecordQueue {
  readonly #words: Int32Array;
  readonly #newerAt: number;
  readonly #olderAt: number;

  /** Uses the words `linkAt` and `linkAt` + 1 of each record. */
  constructor(pool: RecordPool, linkAt: number) {
    this.#words = pool.words;
    this.#newerAt = linkAt;
    this.#olderAt = linkAt + 1;
  }

  /** NO_RECORD if the queue is empty. */
  get oldest(): number {
    return this.#words[NO_RECORD + this.#newerAt] ?? NO_RECORD;
  }

  append(record: number): void {
    const words = this.#words;
    const newest = words[NO_RECORD + this.#olderAt] ?? NO_RECORD;
    words[record + this.#newerAt] = NO_RECORD;
    words[record + this.#olderAt] = newest;
    words[newest + this.#newerAt] = record;
    words[NO_RECORD + this.#olderAt] = record;
  }

  remove(record: number): void {
    const words = this.#words;
    const newer = words[record + this.#newerAt] ?? NO_RECORD;
    const older = words[record + this.#olderAt] ?? NO_RECORD;
    words[older + this.#newerAt] = newer;
    words[newer + this.#olderAt] = older;
  }
}
