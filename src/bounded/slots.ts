import { randomOdd } from "./random-odd.ts";

/**
 * Tables without objects: a fixed number of slots, whose fields their owner keeps in typed arrays by slot number.
 * Three parts that are combined as needed: which slots are free, which stand under one hash, which stand in what order.
 * All are O(1) and allocate nothing after construction, so a flood costs the same per packet as calm.
 */
export const NO_SLOT = -1;

/** Hands out slot numbers 0 to capacity - 1: those given back first, then the next that was never used. */
export class SlotPool {
  readonly capacity: number;
  readonly #free: Int32Array;
  #freeCount = 0;
  #fresh = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#free = new Int32Array(capacity);
  }

  get used(): number {
    return this.#fresh - this.#freeCount;
  }

  /** A free slot, or NO_SLOT when all are taken: the owner then releases its oldest first. */
  take(): number {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount] ?? NO_SLOT;
    return this.#fresh === this.capacity ? NO_SLOT : this.#fresh++;
  }

  release(slot: number): void {
    this.#free[this.#freeCount++] = slot;
  }
}

/**
 * Finds slots by a 32-bit hash; those with the same hash form a chain, newest first.
 * Hashes come from the wire, so the bucket depends on numbers drawn for each index: whoever knows this code still cannot
 * choose hashes that share one. What is found does not depend on them, only how soon.
 * Slots of one hash can be chosen, and as many as there are: who looks through them sets a limit.
 */
export class SlotIndex {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #hashes: Int32Array;
  readonly #shift: number;
  readonly #first = randomOdd();
  readonly #second = randomOdd();

  constructor(capacity: number) {
    const bits = Math.ceil(Math.log2(Math.max(2, capacity * 2)));
    this.#shift = 32 - bits;
    this.#heads = new Int32Array(2 ** bits).fill(NO_SLOT);
    this.#next = new Int32Array(capacity).fill(NO_SLOT);
    this.#previous = new Int32Array(capacity).fill(NO_SLOT);
    this.#hashes = new Int32Array(capacity);
  }

  /** Newest slot with this hash. */
  first(hash: number): number {
    return this.#withHash(this.#heads[this.#bucket(hash)] ?? NO_SLOT, hash | 0);
  }

  /** The next older slot with the same hash. */
  next(slot: number): number {
    return this.#withHash(this.#next[slot] ?? NO_SLOT, this.#hashes[slot] ?? 0);
  }

  insert(slot: number, hash: number): void {
    const bucket = this.#bucket(hash);
    const head = this.#heads[bucket] ?? NO_SLOT;
    this.#hashes[slot] = hash;
    this.#next[slot] = head;
    this.#previous[slot] = NO_SLOT;
    if (head !== NO_SLOT) this.#previous[head] = slot;
    this.#heads[bucket] = slot;
  }

  remove(slot: number): void {
    const next = this.#next[slot] ?? NO_SLOT;
    const previous = this.#previous[slot] ?? NO_SLOT;
    if (previous === NO_SLOT) this.#heads[this.#bucket(this.#hashes[slot] ?? 0)] = next;
    else this.#next[previous] = next;
    if (next !== NO_SLOT) this.#previous[next] = previous;
  }

  #withHash(from: number, hash: number): number {
    let slot = from;
    while (slot !== NO_SLOT && this.#hashes[slot] !== hash) slot = this.#next[slot] ?? NO_SLOT;
    return slot;
  }

  // The upper bits of a product with a random odd number: two hashes share a bucket with a probability of at most
  // 2/buckets, whichever they are (Dietzfelbinger et al. 1997). The first product takes the order out of rows of numbers.
  #bucket(hash: number): number {
    const mixed = Math.imul(hash, this.#first);
    return Math.imul(mixed ^ (mixed >>> 15), this.#second) >>> this.#shift;
  }
}

/**
 * Keeps slots in the order in which they were appended. Where every slot waits equally long, that is the order of
 * their deadlines, and the head is always the next to end: a time wheel with one spoke.
 */
export class SlotQueue {
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  #head = NO_SLOT;
  #tail = NO_SLOT;

  constructor(capacity: number) {
    this.#newer = new Int32Array(capacity).fill(NO_SLOT);
    this.#older = new Int32Array(capacity).fill(NO_SLOT);
  }

  get oldest(): number {
    return this.#head;
  }

  append(slot: number): void {
    this.#newer[slot] = NO_SLOT;
    this.#older[slot] = this.#tail;
    if (this.#tail === NO_SLOT) this.#head = slot;
    else this.#newer[this.#tail] = slot;
    this.#tail = slot;
  }

  remove(slot: number): void {
    const newer = this.#newer[slot] ?? NO_SLOT;
    const older = this.#older[slot] ?? NO_SLOT;
    if (older === NO_SLOT) this.#head = newer;
    else this.#newer[older] = newer;
    if (newer === NO_SLOT) this.#tail = older;
    else this.#older[newer] = older;
  }

  moveToEnd(slot: number): void {
    if (slot === this.#tail) return;
    this.remove(slot);
    this.append(slot);
  }
}
