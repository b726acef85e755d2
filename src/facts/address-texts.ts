import { ADDRESS_WORDS, addressText } from "../model/address.ts";

const CAPACITY = 16_384;

/**
 * Texts of addresses, remembered by their words: one place for each hash, where the last comer stays. Equal addresses
 * mostly share one string, so that later maps need not compare them; nothing depends on it.
 */
export class AddressTexts {
  readonly #words = new Int32Array(ADDRESS_WORDS * CAPACITY);
  readonly #texts = new Array<string>(CAPACITY).fill("::");

  /** Canonical text of the address whose words begin at `at`. */
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
    return isKnown ? (this.#texts[hash] as string) : this.#remember(hash, words, at);
  }

  #remember(hash: number, words: Int32Array, at: number): string {
    const text = addressText(words, at);
    for (let i = 0; i < ADDRESS_WORDS; i++) this.#words[hash * ADDRESS_WORDS + i] = words[at + i] as number;
    this.#texts[hash] = text;
    return text;
  }
}
