import { KeyedHash } from "./keyed-hash.ts";

/** An entry: the pair, the serial number of the next older entry in its bucket, an unused word, and the time. */
const ENTRY_WORDS = 6;
const SECOND = 1;
const OLDER = 2;
const TIME_DOUBLE = 2;

/**
 * A set of recent pairs of 32-bit numbers: the newest `capacity` pairs, each for at most `maxAgeMicros`. A ring in a typed
 * array with about 32 bytes for each pair; a new pair overwrites the oldest. Pairs come from the wire, so the hash depends on
 * random numbers: otherwise senders could choose pairs with equal hashes. Results do not depend on the hash.
 *
 * The serial number of an entry determines its place in the ring. A bucket has the serial number of its newest entry, and
 * each entry that of the next older one; a chain ends at a number that was overwritten. So no entry is ever removed from a
 * chain, and a new pair writes to its bucket and its entry only. All operations take O(1).
 */
export class RecentPairs {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #newest: Int32Array;
  readonly #shift: number;
  readonly #mask: number;
  readonly #maxAgeMicros: number;
  readonly #hash = new KeyedHash();
  /** Serial number of the next entry, modulo 2^32. 0 is an empty bucket. */
  #serial = 1;
  size = 0;
  /** Pairs that were overwritten before their maximum age. */
  evicted = 0;

  /** `capacity` must be a power of two: the lower bits of the serial number are the place. */
  constructor(capacity: number, maxAgeMicros: number) {
    const bits = Math.log2(capacity) + 1;
    if (!Number.isInteger(bits)) throw new RangeError(`${capacity} is not a power of two`);
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
    // Decided before it counts: otherwise V8 compiles all callers again when the ring becomes full.
    const isRecent = nowMicros - (this.#doubles[timeAt] as number) <= this.#maxAgeMicros;
    if (this.size <= this.#mask) this.size++;
    else if (isRecent) this.evicted++;
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
      // From newer to older entries within the ring: so a chain also ends where serial numbers wrapped around.
      if (age <= newerAge || age > this.size) return false;
      const at = (serial & this.#mask) * ENTRY_WORDS;
      if (this.#words[at] === first && this.#words[at + SECOND] === second) {
        return nowMicros - (this.#doubles[(at >> 1) + TIME_DOUBLE] ?? 0) <= this.#maxAgeMicros;
      }
      newerAge = age;
      serial = this.#words[at + OLDER] ?? 0;
    }
  }

  #bucket(first: number, second: number): number {
    return this.#hash.mix(this.#hash.mix(0, first), second) >>> this.#shift;
  }
}
