const FIRST_CAPACITY = 64;

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
    if (this.#size === this.#entries.length) this.#grow();
    const place = (this.#head + this.#size++) & (this.#entries.length - 1);
    let entry = this.#entries[place];
    if (entry === undefined) {
      entry = this.#make();
      this.#entries[place] = entry;
    }
    return entry;
  }

  /** Takes out the first. */
  shift(): void {
    if (this.#size === 0) return;
    this.#head = (this.#head + 1) & (this.#entries.length - 1);
    // What a flood has left is let go when it is over.
    if (--this.#size === 0 && this.#entries.length > FIRST_CAPACITY) this.#entries = new Array(FIRST_CAPACITY);
    if (this.#size === 0) this.#head = 0;
  }

  #grow(): void {
    const { length } = this.#entries;
    const entries = new Array<T | undefined>(2 * length);
    for (let i = 0; i < length; i++) entries[i] = this.#entries[(this.#head + i) & (length - 1)];
    this.#entries = entries;
    this.#head = 0;
  }
}
