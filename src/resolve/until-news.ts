import { TwoGenerationMap } from "../bounded/two-generation-map.ts";

/** Answers kept, in each of two generations. */
const MAX_ANSWERS = 16_384;

/**
 * What follows from the cluster index for one address, remembered until the index changes: between two pieces of news
 * the same few thousand addresses are asked for again and again.
 */
export class UntilNews<V> {
  #answers = new TwoGenerationMap<string, V>(MAX_ANSWERS);
  #version = -1;

  /** `version` is the index's present one. */
  get(address: string, version: number): V | undefined {
    if (version === this.#version) return this.#answers.get(address);
    this.#version = version;
    if (this.#answers.size > 0) this.#answers = new TwoGenerationMap(MAX_ANSWERS);
    return undefined;
  }

  /** Remembers the answer that the version of the last `get` gave. */
  set(address: string, answer: V): void {
    this.#answers.set(address, answer);
  }
}
