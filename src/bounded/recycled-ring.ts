const FIRST_CAPACITY = 64;
/** Places for one entry in use, at most: with fewer in use than that, half of the places go. */
const SPARE = 8;

/**
 * First in, first out, of entries that are used again: what comes and goes by the thousand leaves nothing for the
 * garbage collector. `add` hands out an entry to fill in, with what its last user left in it; it is the user's until
 * `shift` has taken it back and the ring has come round to it. Its owner bounds it by `size`.
 */
export class RecycledRing<T> {
  readonly #make: () => T;
  /** Made when first needed; a power of two of places. */
  #entries: (T | undefined)[] = new Array(FIRST_CAPACITY);
  #head = 0;
  #size = 0;

  constructor(make: () => T) {
    this.#make = make;
  }

  get size(): number {
    return this.#size;
  }

  /** The entry that was added longest ago. */
  get first(): T | undefined {
    return this.#size > 0 ? this.#entries[this.#head] : undefined;
  }

  /** The entry before which `distance` others were added. */
  at(distance: number): T | undefined {
    return distance < this.#size ? this.#entries[(this.#head + distance) & (this.#entries.length - 1)] : undefined;
  }

  /** A new last entry, to be filled in. */
  add(): T {
    if (this.#size === this.#entries.length) this.#resize(2 * this.#size);
    const place = (this.#head + this.#size++) & (this.#entries.length - 1);
    let entry = this.#entries[place];
    if (entry === undefined) {
      entry = this.#make();
      this.#entries[place] = entry;
    }
    return entry;
  }

  /** Takes out the first. What a flood has left is let go when it is over, by and by. */
  shift(): void {
    if (this.#size === 0) return;
    const { length } = this.#entries;
    this.#head = (this.#head + 1) & (length - 1);
    if (--this.#size < length / SPARE && length > FIRST_CAPACITY) this.#resize(length / 2);
  }

  /** The entries that are in use first, then those that are to be used again, as many as there are places. */
  #resize(length: number): void {
    const before = this.#entries.length;
    const entries = new Array<T | undefined>(length);
    for (let i = 0; i < Math.min(before, length); i++) entries[i] = this.#entries[(this.#head + i) & (before - 1)];
    this.#entries = entries;
    this.#head = 0;
  }
}
