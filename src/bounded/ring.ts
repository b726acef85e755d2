const MIN_CAPACITY = 64;
/** The array shrinks when fewer than one of so many places is used. */
const MAX_PLACES_PER_ITEM = 8;

/**
 * First in, first out, in a circular array. The owner bounds it by `size`. The array doubles when it is full and halves when
 * it is nearly empty, so a flood does not leave its memory behind. All operations take O(1), amortized.
 */
export class Ring<T> {
  /** The length is a power of two. */
  #items: (T | undefined)[] = new Array(MIN_CAPACITY);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The oldest item. */
  get first(): T | undefined {
    return this.#size > 0 ? this.#items[this.#head] : undefined;
  }

  /** The item that `distance` items precede. */
  at(distance: number): T | undefined {
    return distance < this.#size ? this.#items[(this.#head + distance) & (this.#items.length - 1)] : undefined;
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#resize(2 * this.#size);
    this.#items[(this.#head + this.#size++) & (this.#items.length - 1)] = item;
  }

  /** Removes the oldest item. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const { length } = this.#items;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (length - 1);
    if (--this.#size * MAX_PLACES_PER_ITEM < length && length > MIN_CAPACITY) this.#resize(length / 2);
    return item;
  }

  clear(): void {
    this.#items = new Array(MIN_CAPACITY);
    this.#head = 0;
    this.#size = 0;
  }

  #resize(length: number): void {
    const items = new Array<T | undefined>(length);
    for (let i = 0; i < this.#size; i++) items[i] = this.at(i);
    this.#items = items;
    this.#head = 0;
  }
}
