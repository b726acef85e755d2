import { randomOdd } from "./random-odd.ts";

/**
 * Tables without objects: a fixed number of records of equal size, one after the other in one block of memory, so that
 * what belongs together stands in one or two lines of the processor's cache. A record goes by the position of its first
 * 32-bit word; its owner says which of its words mean what, and leaves two words to each index and queue it stands in.
 * Three parts that are combined as needed: which records are free, which stand under one hash, which in what order.
 * All are O(1) and allocate nothing after construction, so a flood costs the same per packet as calm.
 */
export const NO_RECORD = -1;

/** Hands out records: those given back first, then the next that was never used. */
export class RecordPool {
  /** All records as 32-bit words; a record's begin at its position. */
  readonly words: Int32Array;
  /** The same memory as doubles: a record's begin at half its position. */
  readonly doubles: Float64Array;
  readonly #recordWords: number;
  readonly #endOfAll: number;
  /** Records given back, linked through their first word. */
  #free = NO_RECORD;
  #fresh = 0;
  used = 0;

  /** `recordWords` is even; with a multiple of 16 no record shares a cache line with another. */
  constructor(capacity: number, recordWords: number) {
    const buffer = new ArrayBuffer(capacity * recordWords * Int32Array.BYTES_PER_ELEMENT);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.#recordWords = recordWords;
    this.#endOfAll = this.words.length;
  }

  /** A free record, its words as they were left; NO_RECORD when all are taken: the owner then releases its oldest. */
  take(): number {
    let record = this.#free;
    if (record !== NO_RECORD) {
      this.#free = this.words[record] ?? NO_RECORD;
    } else {
      if (this.#fresh === this.#endOfAll) return NO_RECORD;
      record = this.#fresh;
      this.#fresh += this.#recordWords;
    }
    this.used++;
    return record;
  }

  release(record: number): void {
    this.words[record] = this.#free;
    this.#free = record;
    this.used--;
  }
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
  readonly #next: number;
  readonly #previous: number;
  readonly #heads: Int32Array;
  readonly #shift: number;
  readonly #first = randomOdd();
  readonly #second = randomOdd();

  /** Uses the words `linkAt` and `linkAt` + 1 of each record. */
  constructor(words: Int32Array, linkAt: number, capacity: number) {
    // Two records a bucket when all are in use. Usually few are, and a small table of buckets stays in the cache.
    const bits = Math.ceil(Math.log2(Math.max(2, capacity / 2)));
    this.#words = words;
    this.#next = linkAt;
    this.#previous = linkAt + 1;
    this.#shift = 32 - bits;
    this.#heads = new Int32Array(2 ** bits).fill(NO_RECORD);
  }

  /** Newest record in the bucket of this hash. */
  first(hash: number): number {
    return this.#heads[this.#bucket(hash)] ?? NO_RECORD;
  }

  /** The next older record in the same bucket. */
  next(record: number): number {
    return this.#words[record + this.#next] ?? NO_RECORD;
  }

  insert(record: number, hash: number): void {
    const words = this.#words;
    const bucket = this.#bucket(hash);
    const head = this.#heads[bucket] ?? NO_RECORD;
    words[record + this.#next] = head;
    // Before the newest one stands the bucket itself, told from a record by its sign.
    words[record + this.#previous] = ~bucket;
    if (head !== NO_RECORD) words[head + this.#previous] = record;
    this.#heads[bucket] = record;
  }

  remove(record: number): void {
    const words = this.#words;
    const next = words[record + this.#next] ?? NO_RECORD;
    const previous = words[record + this.#previous] ?? NO_RECORD;
    if (previous < 0) this.#heads[~previous] = next;
    else words[previous + this.#next] = next;
    if (next !== NO_RECORD) words[next + this.#previous] = previous;
  }

  // The upper bits of a product with a random odd number: two hashes share a bucket with a probability of at most
  // 2/buckets, whichever they are (Dietzfelbinger et al. 1997). The first product takes the order out of rows of numbers.
  #bucket(hash: number): number {
    const mixed = Math.imul(hash, this.#first);
    return Math.imul(mixed ^ (mixed >>> 15), this.#second) >>> this.#shift;
  }
}

/**
 * Keeps records in the order in which they were appended. Where every record waits equally long, that is the order of
 * their deadlines, and the oldest is always the next to end: a time wheel with one spoke.
 */
export class RecordQueue {
  readonly #words: Int32Array;
  readonly #newer: number;
  readonly #older: number;
  #newest = NO_RECORD;
  oldest = NO_RECORD;

  /** Uses the words `linkAt` and `linkAt` + 1 of each record. */
  constructor(words: Int32Array, linkAt: number) {
    this.#words = words;
    this.#newer = linkAt;
    this.#older = linkAt + 1;
  }

  append(record: number): void {
    const words = this.#words;
    words[record + this.#newer] = NO_RECORD;
    words[record + this.#older] = this.#newest;
    if (this.#newest === NO_RECORD) this.oldest = record;
    else words[this.#newest + this.#newer] = record;
    this.#newest = record;
  }

  remove(record: number): void {
    const words = this.#words;
    const newer = words[record + this.#newer] ?? NO_RECORD;
    const older = words[record + this.#older] ?? NO_RECORD;
    if (older === NO_RECORD) this.oldest = newer;
    else words[older + this.#newer] = newer;
    if (newer === NO_RECORD) this.#newest = older;
    else words[newer + this.#older] = older;
  }

  moveToEnd(record: number): void {
    if (record === this.#newest) return;
    this.remove(record);
    this.append(record);
  }
}
