import { randomOdd } from "./random-odd.ts";
import { NO_SLOT, SlotIndex } from "./slots.ts";

/**
 * Remembers pairs of 32-bit numbers for some time: the newest `capacity` of them, none longer than `maxAgeMicros`.
 * A ring overwritten from its oldest end; about 36 bytes a pair. Pairs come from the wire: their hash depends on a number
 * drawn for each memory, or an attacker could give all the same. What is remembered does not depend on it.
 */
export class RecentPairs {
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #timeMicros: Float64Array;
  readonly #index: SlotIndex;
  readonly #capacity: number;
  readonly #maxAgeMicros: number;
  readonly #factor = randomOdd();
  #cursor = 0;
  #size = 0;
  /** Pairs overwritten before their time. */
  evicted = 0;

  constructor(capacity: number, maxAgeMicros: number) {
    this.#capacity = capacity;
    this.#maxAgeMicros = maxAgeMicros;
    this.#first = new Int32Array(capacity);
    this.#second = new Int32Array(capacity);
    this.#timeMicros = new Float64Array(capacity);
    this.#index = new SlotIndex(capacity);
  }

  get size(): number {
    return this.#size;
  }

  add(first: number, second: number, nowMicros: number): void {
    const slot = this.#cursor;
    if (this.#size === this.#capacity) {
      this.#index.remove(slot);
      if (nowMicros - (this.#timeMicros[slot] ?? 0) <= this.#maxAgeMicros) this.evicted++;
    } else {
      this.#size++;
    }
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#timeMicros[slot] = nowMicros;
    this.#index.insert(slot, this.#hash(first, second));
    this.#cursor = slot + 1 === this.#capacity ? 0 : slot + 1;
  }

  has(first: number, second: number, nowMicros: number): boolean {
    for (let slot = this.#index.first(this.#hash(first, second)); slot !== NO_SLOT; slot = this.#index.next(slot)) {
      if (this.#first[slot] !== first || this.#second[slot] !== second) continue;
      return nowMicros - (this.#timeMicros[slot] ?? 0) <= this.#maxAgeMicros;
    }
    return false;
  }

  #hash(first: number, second: number): number {
    const mixed = Math.imul(first, this.#factor);
    return Math.imul(mixed ^ (mixed >>> 15), this.#factor) ^ second;
  }
}
