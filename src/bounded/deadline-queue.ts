/** An entry, which is in one queue at a time. Only the queue writes `place`, which is NOT_QUEUED at first. */
export interface Queued {
  readonly deadlineMicros: number;
  place: number;
}

export const NOT_QUEUED = -1;

/**
 * A priority queue by deadline: a binary heap whose entries have their place in it, so that any entry can be removed.
 * Operations take O(log n). The owner bounds it by `size`.
 */
export class DeadlineQueue<T extends Queued> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The entry with the earliest deadline. */
  get first(): T | undefined {
    return this.#entries[0];
  }

  add(entry: T): void {
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** Removes an entry, if it is in the queue. */
  remove(entry: T): void {
    const { place } = entry;
    if (this.#entries[place] !== entry) return;
    entry.place = NOT_QUEUED;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    // The last entry fills the gap, and moves from there to its place.
    this.#sink(last, place);
    this.#rise(last, last.place);
  }

  #rise(entry: T, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#entries[above];
      if (parent === undefined || parent.deadlineMicros <= entry.deadlineMicros) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(entry, place);
  }

  #sink(entry: T, from: number): void {
    let place = from;
    for (;;) {
      const left = this.#entries[2 * place + 1];
      const right = this.#entries[2 * place + 2];
      const earlier = right !== undefined && left !== undefined && right.deadlineMicros < left.deadlineMicros;
      const child = earlier ? right : left;
      if (child === undefined || child.deadlineMicros >= entry.deadlineMicros) break;
      const below = child.place;
      this.#put(child, place);
      place = below;
    }
    this.#put(entry, place);
  }

  #put(entry: T, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}
