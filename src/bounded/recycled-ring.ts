import { Ring } from "./ring.ts";

/** Removed entries that are kept for reuse: so many, and so many for each entry in use. */
const MIN_SPARE = 64;
const MAX_SPARE_PER_ENTRY = 8;

/**
 * First in, first out, with entries that are reused, so that frequent additions and removals leave nothing to the garbage
 * collector. `add` returns an entry with the contents of its last use, to be filled in; it belongs to the caller until
 * `shift` removes it. The owner bounds the ring by `size`.
 */
export class RecycledRing<T> {
  readonly #make: () => T;
  readonly #ring = new Ring<T>();
  readonly #spare: T[] = [];

  constructor(make: () => T) {
    this.#make = make;
  }

  get size(): number {
    return this.#ring.size;
  }

  /** The oldest entry. */
  get first(): T | undefined {
    return this.#ring.first;
  }

  /** The entry that `distance` entries precede. */
  at(distance: number): T | undefined {
    return this.#ring.at(distance);
  }

  /** A new last entry, to be filled in. */
  add(): T {
    const entry = this.#spare.pop() ?? this.#make();
    this.#ring.push(entry);
    return entry;
  }

  /** Removes the oldest entry. */
  shift(): void {
    const entry = this.#ring.shift();
    if (entry === undefined) return;
    this.#spare.push(entry);
    const maxSpare = MIN_SPARE + MAX_SPARE_PER_ENTRY * this.#ring.size;
    while (this.#spare.length > maxSpare) this.#spare.pop();
  }
}
