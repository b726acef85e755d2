/** Something with a deadline, in one queue at a time. The queue writes `place`; it begins as NOT_QUEUED. */
export interface Queued {
  readonly deadlineMicros: number;
  place: number;
}

export const NOT_QUEUED = -1;

/**
 * Hands out first what is due first, whatever the order in which it came: a binary heap in which each entry knows its
 * place, so that any of them can be taken out. O(log n) a step. Its owner bounds it by `size`.
 */
export class DeadlineQueue<T extends Queued> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The entry that is due first. */
  get first(): T | undefined {
    return this.#entries[0];
  }

  add(entry: T): void {
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** Takes out an entry; one that is not in the queue is left alone. */
  remove(entry: T): void {
    const { place } = entry;
    if (this.#entries[place] !== entry) return;
    entry.place = NOT_QUEUED;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    // The last entry fills the gap, and goes from there to where it belongs.
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
