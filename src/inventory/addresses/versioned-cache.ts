import { GenerationalCache } from "../../bounded/generational-cache.ts";

/** Addresses in a generation. */
const MAX_ADDRESSES = 16_384;

/**
 * Caches what follows from the cluster index for one address, until the index changes: between two updates the same few
 * thousand addresses are looked up again and again.
 */
export class VersionedCache<V> {
  readonly #entries = new GenerationalCache<string, V>(MAX_ADDRESSES);
  #version = -1;

  /** `version`: the current version of the index. */
  get(address: string, version: number): V | undefined {
    if (version === this.#version) return this.#entries.get(address);
    this.#version = version;
    this.#entries.clear();
    return undefined;
  }

  /** Stores a value for the version of the last `get`. */
  set(address: string, value: V): void {
    this.#entries.set(address, value);
  }
}
