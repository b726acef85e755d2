// EDGE: chance
/** A random odd number of 32 bits. Not for secrets. */
function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}

/**
 * A random hash function, for keys that senders of packets choose: they cannot choose keys with equal hashes, because they do
 * not know its factors. Use the upper bits as the number of a bucket: two words share one of n buckets with a probability of
 * at most 2/n, whatever they are (Dietzfelbinger et al. 1997). Results must not depend on hashes.
 */
export class KeyedHash {
  readonly #first = randomOdd();
  readonly #second = randomOdd();

  /** Adds a word to a hash. The first product makes sequences of numbers irregular, the second one spreads them. */
  mix(hash: number, word: number): number {
    const product = Math.imul(hash ^ word, this.#first);
    return Math.imul(product ^ (product >>> 15), this.#second);
  }

  /** Hash of `count` words from `at`. */
  words(words: Int32Array, at: number, count: number, seed: number): number {
    let hash = seed;
    for (let i = at; i < at + count; i++) hash = this.mix(hash, words[i] as number);
    return hash;
  }

  /** Hash of a text, by UTF-16 code units. */
  text(text: string, seed: number): number {
    let hash = seed;
    for (let i = 0; i < text.length; i++) hash = this.mix(hash, text.charCodeAt(i));
    return hash;
  }
}
