interface GenerationalCacheOptions<K, V> {
  /** `advance` ends a generation of this age; never, by default. */
  readonly maxAgeMicros?: number;
  /** Called for each entry that is evicted, for its capacity or its age. */
  readonly onEvict?: (value: V, key: K) => void;
}

/**
 * A cache of two generations. New and used entries are in the young one; when that is full or too old, it becomes the old
 * one, and entries that still were in the old one are evicted. So an entry in use stays, and one without use is evicted
 * after one to two generations. It holds at most `2 * capacity` entries.
 * All operations take O(1), amortized, without bookkeeping per entry: deleting the oldest entries of an insertion-ordered
 * `Map` instead stalls for seconds under a flood.
 */
export class GenerationalCache<K, V> {
  readonly #capacity: number;
  readonly #maxAgeMicros: number;
  readonly #onEvict: ((value: V, key: K) => void) | null;
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #nowMicros = Number.NEGATIVE_INFINITY;
  #youngSinceMicros = Number.NEGATIVE_INFINITY;
  /** Entries evicted because a generation was full. */
  evicted = 0;
  /** Generations that have ended: an entry that was used since the last one is in the young generation. */
  turns = 0;

  /** `capacity`: entries in a generation. */
  constructor(capacity: number, { maxAgeMicros, onEvict }: GenerationalCacheOptions<K, V> = {}) {
    this.#capacity = capacity;
    this.#maxAgeMicros = maxAgeMicros ?? Number.POSITIVE_INFINITY;
    this.#onEvict = onEvict ?? null;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value of the key, which is used by this. */
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

  /** Removes all entries, which is no eviction. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  *values(): Generator<V> {
    yield* this.#old.values();
    yield* this.#young.values();
  }

  /** Ends a generation that is too old. `nowMicros` may be earlier than before, where a clock was set back. */
  advance(nowMicros: number): void {
    this.#nowMicros = nowMicros;
    if (Math.abs(nowMicros - this.#youngSinceMicros) >= this.#maxAgeMicros) this.#turn();
  }

  #put(key: K, value: V): void {
    if (this.#young.size >= this.#capacity && !this.#young.has(key)) {
      this.evicted += this.#old.size;
      this.#turn();
    }
    this.#young.set(key, value);
  }

  #turn(): void {
    this.turns++;
    this.#youngSinceMicros = this.#nowMicros;
    const evicted = this.#old;
    this.#old = this.#young;
    this.#young = new Map();
    if (this.#onEvict !== null) for (const [key, value] of evicted) this.#onEvict(value, key);
  }
}
