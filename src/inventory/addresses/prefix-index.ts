import { type AddressRange, prefixText } from "../../model/address-range.ts";

interface Entry<V> {
  readonly range: AddressRange;
  readonly value: V;
}

/**
 * Finds the range that contains an address: the longest one, of equal ones the first. One look-up for each length of a
 * prefix, however many ranges there are: a pod can send to ever-new addresses, and a cluster has thousands of nodes.
 */
export class PrefixIndex<V> {
  /** By the length of the prefix, longest first, then by the prefix. */
  readonly #byBits: ReadonlyMap<number, ReadonlyMap<string, Entry<V>>>;

  constructor(entries: readonly Entry<V>[]) {
    const byBits = new Map<number, Map<string, Entry<V>>>();
    for (const entry of entries) {
      const { prefixBits, prefix } = entry.range;
      const ranges = byBits.get(prefixBits) ?? new Map<string, Entry<V>>();
      if (!ranges.has(prefix)) byBits.set(prefixBits, ranges.set(prefix, entry));
    }
    this.#byBits = new Map([...byBits].toSorted(([a], [b]) => b - a));
  }

  get isEmpty(): boolean {
    return this.#byBits.size === 0;
  }

  /** The value of the range that contains the address which begins at `at`. */
  find(words: Int32Array, at: number): V | undefined {
    for (const [bits, ranges] of this.#byBits) {
      const found = ranges.get(prefixText(words, at, bits));
      // `::/0` has the prefix of every address, and contains no IPv4 address.
      if (found?.range.contains(words, at) === true) return found.value;
    }
    return undefined;
  }
}
