/** Below so many values, comparing each costs less than a set. */
const MAX_COMPARED = 8;

/**
 * Distinct values. Finding the last value again costs one comparison, and a single value needs no list. The newest value
 * can be dropped, but for the first.
 */
export class ValueSet<T extends string | number> {
  #first: T | undefined;
  /** The value that was found last. */
  #last: T | undefined;
  /** In the order in which they were added. */
  #others: T[] | null = null;
  /** Of `#others`, if they are many. */
  #index: Set<T> | null = null;

  get size(): number {
    return this.#first === undefined ? 0 : 1 + (this.#others?.length ?? 0);
  }

  has(value: T): boolean {
    if (value === this.#last) return true;
    const isKnown = value === this.#first || (this.#index?.has(value) ?? this.#others?.includes(value) ?? false);
    if (isKnown) this.#last = value;
    return isKnown;
  }

  /** Adds a value that is not in the set. */
  add(value: T): void {
    this.#last = value;
    if (this.#first === undefined) {
      this.#first = value;
      return;
    }
    this.#others ??= [];
    this.#others.push(value);
    if (this.#index !== null) this.#index.add(value);
    else if (this.#others.length > MAX_COMPARED) this.#index = new Set(this.#others);
  }

  /** Drops the newest value, and returns it; undefined if there is only one. */
  dropNewest(): T | undefined {
    const newest = this.#others?.pop();
    if (newest === undefined) return undefined;
    this.#index?.delete(newest);
    if (this.#others?.length === 0) this.#others = null;
    this.#last = this.#first;
    return newest;
  }

  sorted(compare: (a: T, b: T) => number): readonly T[] {
    if (this.#first === undefined) return [];
    return [this.#first, ...(this.#others ?? [])].sort(compare);
  }
}
