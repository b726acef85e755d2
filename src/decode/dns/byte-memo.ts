import { copyBytes, equalBytes } from "../../bounded/byte-hash.ts";

/** Places tried at most: chance needs this many next to never, chosen collisions must not become long searches. */
const MAX_PROBES = 32;

/**
 * Entries of one age. They stand one after the other, and so do their keys, in one block of bytes: remembering allocates
 * nothing, and what is looked up often lies close together.
 */
class Generation<V> {
  /** Number of the entry plus 1, by hash; 0 where there is none. */
  readonly #places: Int32Array;
  /** Two words for each entry: its hash, and where its key begins; where it ends, the next one's begins. */
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

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  hasRoom(length: number): boolean {
    const count = this.#values.length;
    return count < this.#maxEntries && (this.#entries[2 * count + 1] ?? 0) + length <= this.#keys.byteLength;
  }

  find(hash: number, view: DataView, start: number, length: number): V | undefined {
    const entries = this.#entries;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const entry = (this.#places[(hash + probe) & this.#mask] ?? 0) - 1;
      if (entry < 0) return undefined;
      if (entries[2 * entry] !== hash) continue;
      const keyStart = entries[2 * entry + 1] ?? 0;
      if ((entries[2 * entry + 3] ?? 0) - keyStart !== length) continue;
      if (equalBytes(this.#keys, keyStart, view, start, length)) return this.#values[entry];
    }
    return undefined;
  }

  add(hash: number, view: DataView, start: number, length: number, value: V): void {
    const entry = this.#values.length;
    const keyStart = this.#entries[2 * entry + 1] ?? 0;
    this.#places[this.#freePlace(hash)] = entry + 1;
    this.#entries[2 * entry] = hash;
    this.#entries[2 * entry + 3] = keyStart + length;
    this.#values.push(value);
    copyBytes(view, start, this.#keys, keyStart, length);
  }

  /** Where there is none within reach, the place of another entry, which is forgotten. */
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
 * Remembers values by the bytes that they came from: at most two generations of `maxEntries` keys and `maxBytes` bytes.
 * What is used stays; when the young generation is full the old one is forgotten.
 */
export class ByteMemo<V> {
  #young: Generation<V>;
  #old: Generation<V>;

  constructor(maxEntries: number, maxBytes: number) {
    this.#young = new Generation(maxEntries, maxBytes);
    this.#old = new Generation(maxEntries, maxBytes);
  }

  /** `hash` is that of the bytes from `start` to `end` (see byte-hash.ts). */
  find(hash: number, view: DataView, start: number, end: number): V | undefined {
    const young = this.#young.find(hash, view, start, end - start);
    return young === undefined && !this.#old.isEmpty ? this.#findOld(hash, view, start, end) : young;
  }

  #findOld(hash: number, view: DataView, start: number, end: number): V | undefined {
    const old = this.#old.find(hash, view, start, end - start);
    if (old !== undefined) this.add(hash, view, start, end, old);
    return old;
  }

  add(hash: number, view: DataView, start: number, end: number, value: V): void {
    const length = end - start;
    if (!this.#young.hasRoom(length)) {
      const emptied = this.#old;
      this.#old = this.#young;
      this.#young = emptied;
      emptied.clear();
      if (!emptied.hasRoom(length)) return;
    }
    this.#young.add(hash, view, start, length, value);
  }
}
