/** Answers kept: when there are more, all are forgotten, for each is soon found again. */
const MAX_ANSWERS = 32_768;

/**
 * What follows from the cluster index for one address, remembered until the index changes: between two pieces of news
 * the same few thousand addresses are asked for again and again.
 */
export class UntilUpdate<V> {
  readonly #answers = new Map<string, V>();
  #version = -1;

  /** `version` is the index's present one. */
  get(address: string, version: number): V | undefined {
    if (version === this.#version) return this.#answers.get(address);
    this.#version = version;
    this.#answers.clear();
    return undefined;
  }

  /** Remembers the answer that the version of the last `get` gave. */
  set(address: string, answer: V): void {
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
    this.#answers.set(address, answer);
  }
}
