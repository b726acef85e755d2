import { spread } from "./hash.ts";
import { randomOdd } from "./random-odd.ts";

/**
 * Tables without objects: a fixed number of records of equal size, one after the other in one block of memory, so that
 * what belongs together stands in one or two lines of the processor's cache. A record goes by the position of its first
 * 32-bit word; its owner says which of its words mean what, and leaves two words to each index and queue it stands in.
 * Three parts that are combined as needed: which records are free, which stand under one hash, which in what order.
 * All are O(1) and allocate nothing after construction, so a flood costs the same per packet as calm.
 *
 * The record at 0 is nobody's: it ends every chain, and begins and ends every queue, so that no link needs a test of
 * whether there is something on its other side.
 */
export const NO_RECORD = 0;

/** Hands out records: those given back first, then the next that was never used. */
export class RecordPool {
  readonly capacity: number;
  /** All records as 32-bit words, and behind them the buckets of their indexes. */
  readonly words: Int32Array;
  /** The same memory as doubles: those of a record begin at half its position, `record >> 1`. */
  readonly doubles: Float64Array;
  readonly #recordWords: number;
  /** Records given back, linked through their first word. */
  #free = NO_RECORD;
  #last = NO_RECORD;
  #buckets: number;
  used = 0;

  /**
   * `recordWords` is even; with a multiple of 16 no record shares a cache line with another. `indexes` is how many of
   * them will stand over these records.
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

  /** A free record, its words as they were left; NO_RECORD when all are taken: the owner then releases its oldest. */
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

  /** Position of the buckets of another index. */
  reserveBuckets(): number {
    const at = this.#buckets;
    this.#buckets += 2 ** bucketBits(this.capacity);
    if (this.#buckets > this.words.length) throw new RangeError("more indexes than the pool was made for");
    return at;
  }
}

/** Two records a bucket when all are in use. Usually few are, and a small table of buckets stays in the cache. */
function bucketBits(capacity: number): number {
  return Math.ceil(Math.log2(Math.max(2, capacity / 2)));
}

/**
 * Finds records by a 32-bit hash; those in one bucket form a chain, newest first. Which of them have the hash, or rather
 * what it was made of, the owner compares.
 * Hashes come from the wire, so the bucket depends on numbers drawn for each index: whoever knows this code still cannot
 * choose hashes that share one. What is found does not depend on them, only how soon.
 * Records of one hash can be chosen, and as many as there are: who looks through them sets a limit.
 */
export class RecordIndex {
  readonly #words: Int32Array;
  /** Of a record, the next one in its bucket, and the position of the word that points to it: a bucket's or a `next`. */
  readonly #nextAt: number;
  readonly #pointerAt: number;
  readonly #buckets: number;
  readonly #shift: number;
  readonly #first = randomOdd();
  readonly #second = randomOdd();

  /** Uses the words `linkAt` and `linkAt` + 1 of each record. */
  constructor(pool: RecordPool, linkAt: number) {
    this.#words = pool.words;
    this.#nextAt = linkAt;
    this.#pointerAt = linkAt + 1;
    this.#buckets = pool.reserveBuckets();
    this.#shift = 32 - bucketBits(pool.capacity);
  }

  /** Newest record in the bucket of this hash. */
  first(hash: number): number {
    const bucket = spread(hash, this.#first, this.#second) >>> this.#shift;
    return this.#words[this.#buckets + bucket] ?? NO_RECORD;
  }

  /** The next older record in the same bucket. */
  next(record: number): number {
    return this.#words[record + this.#nextAt] ?? NO_RECORD;
  }

  insert(record: number, hash: number): void {
    const words = this.#words;
    const pointer = this.#buckets + (spread(hash, this.#first, this.#second) >>> this.#shift);
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
 * Keeps records in the order in which they were appended. Where every record waits equally long, that is the order of
 * their deadlines, and the oldest is always the next to end: a time wheel with one spoke.
 * A ring, closed by the record that is nobody's: what is newer than it is the oldest.
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

  /** NO_RECORD when the queue is empty. */
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
