import { copyBytes, equalBytes } from "./bytes.ts";

/** Maximum of places that are tried: more than chance needs, and a bound for chosen collisions. */
const MAX_PROBES = 32;

/** One generation: entries and keys are contiguous, so adding allocates nothing, and keys added together are near. */
class Generation<V> {
  /** By hash, the number of the entry plus 1; 0: none. */
  readonly #places: Int32Array;
  /** Two words for each entry: its hash and the start of its key, which ends at the start of the next one. */
  readonly #entries: Int32Array;
  readonly #values: V[] = [];
  readonly #keys: DataView;
  readonly #mask: number;
  readonly #maxEntries: number;

  constructor(maxEntries: number, maxBytes: number) {
    const size = 2 ** Math.ceil(Math.log2(maxEntries * 2));
    this.#mask = size - 1;
    this.#maxEntries = maxEntries;
    this.#places = new Int32Array(size);
    this.#entries = new Int32Array(2 * (maxEntries + 1));
    this.#keys = new DataView(new ArrayBuffer(maxBytes));
  }

  get size(): number {
    return this.#values.length;
  }

  hasRoom(length: number): boolean {
    const count = this.#values.length;
    return count < this.#maxEntries && (this.#entries[2 * count + 1] as number) + length <= this.#keys.byteLength;
  }

  find(hash: number, view: DataView, start: number, length: number): V | undefined {
    const entries = this.#entries;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const entry = (this.#places[(hash + probe) & this.#mask] as number) - 1;
      if (entry < 0) return undefined;
      if (entries[2 * entry] !== hash) continue;
      const keyStart = entries[2 * entry + 1] as number;
      if ((entries[2 * entry + 3] as number) - keyStart !== length) continue;
      if (equalBytes(this.#keys, keyStart, view, start, length)) return this.#values[entry];
    }
    return undefined;
  }

  add(hash: number, view: DataView, start: number, length: number, value: V): void {
    const entry = this.#values.length;
    const keyStart = this.#entries[2 * entry + 1] as number;
    this.#places[this.#freePlace(hash)] = entry + 1;
    this.#entries[2 * entry] = hash;
    this.#entries[2 * entry + 3] = keyStart + length;
    this.#values.push(value);
    copyBytes(view, start, this.#keys, keyStart, length);
  }

  /** The first free place; without one in reach, that of another entry, which cannot be found any more. */
  #freePlace(hash: number): number {
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const place = (hash + probe) & this.#mask;
      if (this.#places[place] === 0) return place;
    }
    return hash & this.#mask;
  }

  clear(): void {
    this.#places.fill(0);
    this.#values.length = 0;
  }
}

/**
 * A `GenerationalCache` whose keys are byte ranges: at most `maxEntries` entries and `maxBytes` bytes of keys in each of
 * two generations. A hit allocates nothing, not even the key. All operations take O(1), amortized.
 */
export class ByteCache<V> {
  #young: Generation<V>;
  #old: Generation<V>;
  /** Entries evicted because a generation was full. */
  evicted = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.#young = new Generation(maxEntries, maxBytes);
    this.#old = new Generation(maxEntries, maxBytes);
  }

  /** The value of the bytes from `start` to `end`, which have this hash (`hashBytes`). */
  get(hash: number, view: DataView, start: number, end: number): V | undefined {
    const young = this.#young.find(hash, view, start, end - start);
    return young === undefined && this.#old.size > 0 ? this.#getOld(hash, view, start, end) : young;
  }

  #getOld(hash: number, view: DataView, start: number, end: number): V | undefined {
    const old = this.#old.find(hash, view, start, end - start);
    if (old !== undefined) this.add(hash, view, start, end, old);
    return old;
  }

  /** Adds an entry for a key that has none. A key longer than `maxBytes` is not stored. */
  add(hash: number, view: DataView, start: number, end: number, value: V): void {
    const length = end - start;
    if (!this.#young.hasRoom(length)) {
      const emptied = this.#old;
      this.evicted += emptied.size;
      this.#old = this.#young;
      this.#young = emptied;
      emptied.clear();
      if (!emptied.hasRoom(length)) return;
    }
    this.#young.add(hash, view, start, length, value);
  }
}
