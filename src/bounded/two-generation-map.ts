/**
 * A map that holds at most two generations of `capacity` entries: new and used entries stand in the young one; when
 * that is full it becomes the old one, and what was still old is forgotten. Costs no bookkeeping per entry, unlike
 * deleting the oldest of an insertion-ordered `Map`, which stalls for seconds under a flood.
 */
export class TwoGenerationMap<K, V> {
  readonly #capacity: number;
  readonly #onEvict: ((value: V, key: K) => void) | null;
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  /** Entries forgotten for want of room. */
  evicted = 0;

  constructor(capacity: number, onEvict: ((value: V, key: K) => void) | null = null) {
    this.#capacity = capacity;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined || this.#old.size === 0) return young;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.#put(key, old);
    }
    return old;
  }

  set(key: K, value: V): void {
    if (this.#old.size > 0) this.#old.delete(key);
    this.#put(key, value);
  }

  delete(key: K): void {
    if (!this.#young.delete(key)) this.#old.delete(key);
  }

  *values(): Generator<V> {
    yield* this.#old.values();
    yield* this.#young.values();
  }

  #put(key: K, value: V): void {
    if (this.#young.size >= this.#capacity && !this.#young.has(key)) this.#swap();
    this.#young.set(key, value);
  }

  #swap(): void {
    this.evicted += this.#old.size;
    if (this.#onEvict !== null) for (const [key, value] of this.#old) this.#onEvict(value, key);
    this.#old = this.#young;
    this.#young = new Map();
  }
}
