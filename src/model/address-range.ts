import { ADDRESS_WORDS, parseAddressInto } from "../model/address.ts";

const WORD_BITS = 32;
/** IPv4 stands behind the prefix of IPv4-mapped addresses. */
const IPV4_PREFIX_BITS = 96;

/** The addresses that have the first bits in common: a CIDR block (RFC 4632, RFC 4291 §2.3). */
export class AddressRange {
  readonly #words: Int32Array;
  readonly #masks: Int32Array;

  private constructor(words: Int32Array, prefixBits: number) {
    this.#masks = Int32Array.from({ length: ADDRESS_WORDS }, (_, i) => maskOf(prefixBits - i * WORD_BITS));
    this.#words = words.map((word, i) => word & (this.#masks[i] ?? 0));
  }

  /** Null for what is no `address/bits`. */
  static parse(cidr: string): AddressRange | null {
    const [address = "", bits = "", more] = cidr.split("/");
    const words = new Int32Array(ADDRESS_WORDS);
    if (more !== undefined || !/^\d{1,3}$/.test(bits) || !parseAddressInto(address, words, 0)) return null;
    const prefixBits = Number(bits) + (address.includes(":") ? 0 : IPV4_PREFIX_BITS);
    return prefixBits > ADDRESS_WORDS * WORD_BITS ? null : new AddressRange(words, prefixBits);
  }

  /** Whether the address whose words begin at `at` lies in it. */
  contains(words: Int32Array, at: number): boolean {
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      if (((words[at + i] ?? 0) & (this.#masks[i] ?? 0)) !== this.#words[i]) return false;
    }
    return true;
  }
}

/** The first `bits` of a word set: none below 1, all from 32. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= WORD_BITS ? -1 : -1 << (WORD_BITS - bits);
}
