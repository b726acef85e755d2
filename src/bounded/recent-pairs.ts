import { spread } from "./hash.ts";
import { randomOdd } from "./random-odd.ts";

/** An entry: the pair, the serial number of the next older entry in its bucket, one unused word; then its time. */
const ENTRY_WORDS = 6;
const SECOND = 1;
const OLDER = 2;
const TIME_DOUBLE = 2;

/**
 * Remembers pairs of 32-bit numbers for some time: the newest `capacity` of them, none longer than `maxAgeMicros`.
 * A ring overwritten from its oldest end; about 32 bytes a pair. Pairs come from the wire: their hash depends on a number
 * drawn for each memory, or an attacker could give all the same. What is remembered does not depend on it.
 *
 * Entries have serial numbers, which give their places in the ring. A bucket holds the serial number of its newest entry,
 * each entry that of the next older one; a number that has left the ring ends the chain. So nothing is ever taken out
 * of a chain, and a new pair touches its bucket and the ring's next entry, nothing else.
 */
export class RecentPairs {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #newest: Int32Array;
  readonly #shift: number;
  readonly #mask: number;
  readonly #maxAgeMicros: number;
  readonly #first = randomOdd();
  readonly #second = randomOdd();
  /** Of the next entry, modulo 2^32. Begins at 1: buckets begin with 0. */
  #serial = 1;
  size = 0;
  /** Pairs overwritten before their time. */
  evicted = 0;

  /** `capacity` is a power of two: entries go by the lower bits of their serial number. */
  constructor(capacity: number, maxAgeMicros: number) {
    const bits = Math.log2(capacity) + 1;
    if (!Number.isInteger(bits)) throw new RangeError(`a ring of ${capacity} entries, which is no power of two`);
    const ring = new ArrayBuffer(capacity * ENTRY_WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.#mask = capacity - 1;
    this.#maxAgeMicros = maxAgeMicros;
    this.#words = new Int32Array(ring);
    this.#doubles = new Float64Array(ring);
    this.#newest = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  add(first: number, second: number, nowMicros: number): void {
    const serial = this.#serial;
    const at = (serial & this.#mask) * ENTRY_WORDS;
    const timeAt = (at >> 1) + TIME_DOUBLE;
    if (this.size <= this.#mask) this.size++;
    else if (nowMicros - (this.#doubles[timeAt] ?? 0) <= this.#maxAgeMicros) this.evicted++;
    const bucket = this.#bucket(first, second);
    this.#words[at] = first;
    this.#words[at + SECOND] = second;
    this.#words[at + OLDER] = this.#newest[bucket] ?? 0;
    this.#doubles[timeAt] = nowMicros;
    this.#newest[bucket] = serial;
    this.#serial = (serial + 1) | 0;
  }

  has(first: number, second: number, nowMicros: number): boolean {
    let serial = this.#newest[this.#bucket(first, second)] ?? 0;
    let newerAge = 0;
    for (;;) {
      const age = (this.#serial - serial) >>> 0;
      // From newer to older, as far as the ring reaches: so a chain ends also where numbers have come round.
      if (age <= newerAge || age > this.size) return false;
      const at = (serial & this.#mask) * ENTRY_WORDS;
      if (this.#words[at] === first && this.#words[at + SECOND] === second) {
        return nowMicros - (this.#doubles[(at >> 1) + TIME_DOUBLE] ?? 0) <= this.#maxAgeMicros;
      }
      newerAge = age;
      serial = this.#words[at + OLDER] ?? 0;
    }
  }

  // As of a RecordIndex, by a hash that whoever chooses pairs cannot know either.
  #bucket(first: number, second: number): number {
    const hash = spread(first, this.#first, this.#first) ^ second;
    return spread(hash, this.#second, this.#second) >>> this.#shift;
  }
}
