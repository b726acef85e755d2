/** Distinct values up to a capacity. Adding the last value again costs one comparison; a single value needs no set. */
export class BoundedSet<T> {
  #last: T | undefined;
  #values: Set<T> | null = null;

  /** False if the value is new and the set is full. */
  add(value: T, capacity: number): boolean {
    if (value === this.#last) return true;
    const isHeld = this.#last === undefined ? capacity > 0 : this.#take(value, this.#last, capacity);
    if (isHeld) this.#last = value;
    return isHeld;
  }

  sorted(compare: (a: T, b: T) => number): readonly T[] {
    const values = this.#values ?? (this.#last === undefined ? [] : [this.#last]);
    return [...values].sort(compare);
  }

  #take(value: T, first: T, capacity: number): boolean {
    this.#values ??= new Set([first]);
    if (this.#values.has(value)) return true;
    if (this.#values.size >= capacity) return false;
    this.#values.add(value);
    return true;
  }
}
