/** The generation of an entry that the cache does not have any more. */
export const EVICTED = -1;

/** An entry of a `PartitionedCache`. */
export interface CacheEntry {
  /** The generation of the last use, or `EVICTED`; only the cache writes it. */
  generation: number;
  /** The owner reports changes of it to `grow`. */
  readonly weight: number;
}

/** The entries of one partition, by key. Its numbers belong to the cache. */
export class Partition<E extends CacheEntry> {
  readonly entries = new Map<string, E>();
  youngWeight = 0;
  oldWeight = 0;
  /** Generations of this partition alone that have ended. */
  turns = 0;
  /** Whether the cache has dropped it: entries that it still gets would be lost. */
  isDropped = false;
}

export interface PartitionedCacheOptions<E extends CacheEntry, P extends Partition<E>> {
  /** Weight of a generation, over all partitions. */
  readonly maxWeight: number;
  /** Weight of a generation of one partition. */
  readonly maxPartitionWeight?: number;
  /** `advance` ends a generation of this age. */
  readonly maxAgeMicros?: number;
  /** Entries that must stay; they do not count for the old generation. */
  readonly isPinned?: (entry: E) => boolean;
  /** Called for each entry that is evicted. */
  readonly onEvict?: (entry: E) => void;
  /** Called for each partition after a generation of all partitions has ended. */
  readonly onTurn?: (partition: P) => void;
}

/**
 * A `GenerationalCache` that is divided into partitions, and bounded by weight: over all partitions and for each one, so
 * that a partition that grows without end evicts its own entries only. Each entry has the number of the generation of its
 * last use, so using it moves nothing; the end of a generation visits all entries of its partitions.
 * The owner finds entries in `Partition.entries`, calls `use` for each, and `makeRoom` at the end of an operation, which
 * then does not evict the entries that it used. Between operations the young generation weighs less than `maxWeight`, and the
 * old one at most `2 * maxWeight` and what one operation adds. All operations take O(1), amortized.
 */
export class PartitionedCache<E extends CacheEntry, P extends Partition<E> = Partition<E>> {
  readonly #partitions = new Map<string, P>();
  readonly #maxWeight: number;
  readonly #maxPartitionWeight: number;
  readonly #maxAgeMicros: number;
  readonly #isPinned: (entry: E) => boolean;
  readonly #onEvict: (entry: E) => void;
  readonly #onTurn: (partition: P) => void;
  #turns = 1;
  #youngWeight = 0;
  #oldWeight = 0;
  #nowMicros = Number.NEGATIVE_INFINITY;
  #youngSinceMicros = Number.NEGATIVE_INFINITY;
  size = 0;
  /** Entries evicted because a bound of weight was reached. */
  evicted = 0;

  constructor(options: PartitionedCacheOptions<E, P>) {
    this.#maxWeight = options.maxWeight;
    this.#maxPartitionWeight = options.maxPartitionWeight ?? Number.POSITIVE_INFINITY;
    this.#maxAgeMicros = options.maxAgeMicros ?? Number.POSITIVE_INFINITY;
    this.#isPinned = options.isPinned ?? (() => false);
    this.#onEvict = options.onEvict ?? (() => {});
    this.#onTurn = options.onTurn ?? (() => {});
  }

  /** `last`: the one that was found before, which needs no look-up while it is in use. */
  partition(id: string, last: P | null = null): P | undefined {
    return last !== null && !last.isDropped ? last : this.#partitions.get(id);
  }

  addPartition(id: string, partition: P): P {
    this.#partitions.set(id, partition);
    return partition;
  }

  get partitionCount(): number {
    return this.#partitions.size;
  }

  /** Removes a partition with all its entries, which is no eviction. */
  removePartition(id: string): void {
    const partition = this.#partitions.get(id);
    if (partition === undefined) return;
    this.#partitions.delete(id);
    this.size -= partition.entries.size;
    this.#youngWeight -= partition.youngWeight;
    this.#oldWeight -= partition.oldWeight;
    partition.isDropped = true;
    for (const entry of partition.entries.values()) entry.generation = EVICTED;
  }

  generationOf(partition: P): number {
    return this.#turns + partition.turns;
  }

  /** Adds an entry under a key that has none. */
  add(partition: P, key: string, entry: E): void {
    partition.entries.set(key, entry);
    entry.generation = this.generationOf(partition);
    this.size++;
    this.grow(partition, entry.weight);
  }

  /** Moves an entry to the young generation; false if it is there already. */
  use(partition: P, entry: E): boolean {
    const generation = this.generationOf(partition);
    if (entry.generation === generation) return false;
    // An older one is pinned, and does not count.
    if (entry.generation === generation - 1) {
      this.#oldWeight -= entry.weight;
      partition.oldWeight -= entry.weight;
    }
    entry.generation = generation;
    this.grow(partition, entry.weight);
    return true;
  }

  /** The weight of an entry of the young generation has changed by `weight`. */
  grow(partition: P, weight: number): void {
    partition.youngWeight += weight;
    this.#youngWeight += weight;
  }

  delete(partition: P, key: string): void {
    const entry = partition.entries.get(key);
    if (entry === undefined) return;
    this.use(partition, entry);
    this.grow(partition, -entry.weight);
    partition.entries.delete(key);
    this.size--;
  }

  /** Ends the generations that are full. */
  makeRoom(partition: P): void {
    const before = this.size;
    if (partition.youngWeight >= this.#maxPartitionWeight) this.#turnPartition(partition);
    // The old generation also grows when single partitions end theirs.
    if (this.#youngWeight >= this.#maxWeight || this.#oldWeight >= 2 * this.#maxWeight) this.#turn();
    this.evicted += before - this.size;
  }

  /** Ends a generation that is too old. `nowMicros` may be earlier than before, where a clock was set back. */
  advance(nowMicros: number): void {
    this.#nowMicros = nowMicros;
    if (Math.abs(nowMicros - this.#youngSinceMicros) >= this.#maxAgeMicros) this.#turn();
  }

  #turnPartition(partition: P): void {
    partition.turns++;
    this.#oldWeight += partition.youngWeight - partition.oldWeight;
    this.#youngWeight -= partition.youngWeight;
    this.#evictOld(partition);
  }

  #turn(): void {
    this.#turns++;
    this.#youngSinceMicros = this.#nowMicros;
    this.#oldWeight = this.#youngWeight;
    this.#youngWeight = 0;
    for (const [id, partition] of this.#partitions) {
      this.#evictOld(partition);
      if (partition.entries.size === 0) {
        partition.isDropped = true;
        this.#partitions.delete(id);
      } else this.#onTurn(partition);
    }
  }

  #evictOld(partition: P): void {
    partition.oldWeight = partition.youngWeight;
    partition.youngWeight = 0;
    const oldest = this.generationOf(partition) - 1;
    for (const [key, entry] of partition.entries) {
      if (entry.generation >= oldest || this.#isPinned(entry)) continue;
      entry.generation = EVICTED;
      partition.entries.delete(key);
      this.size--;
      this.#onEvict(entry);
    }
  }
}
