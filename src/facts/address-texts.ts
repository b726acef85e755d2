import { ADDRESS_WORDS, addressText, copyAddress } from "../model/address.ts";

const CAPACITY = 16_384;

/**
 * A direct-mapped cache of address texts: one entry per hash, which the latest address replaces. Equal addresses mostly
 * share one string, which makes later map lookups cheaper; correctness does not depend on it.
 */
export class AddressTexts {
  readonly #words = new Int32Array(ADDRESS_WORDS * CAPACITY);
  readonly #texts = new Array<string>(CAPACITY).fill("::");

  /** Canonical text of the address that begins at `at`. */
  of(words: Int32Array, at: number): string {
    const a = words[at] as number;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const d = words[at + 3] as number;
    let hash = Math.imul(d ^ Math.imul(c ^ Math.imul(b ^ Math.imul(a, 31), 31), 31), 0x9e3779b1);
    hash = (hash ^ (hash >>> 15)) & (CAPACITY - 1);
    const known = this.#words;
    const place = hash * ADDRESS_WORDS;
    const isKnown = known[place + 3] === d && known[place + 2] === c && known[place + 1] === b && known[place] === a;
    return isKnown ? (this.#texts[hash] as string) : this.#replace(hash, words, at);
  }

  #replace(hash: number, words: Int32Array, at: number): string {
    const text = addressText(words, at);
    copyAddress(words, at, this.#words, hash * ADDRESS_WORDS);
    this.#texts[hash] = text;
    return text;
  }
}
