import { ADDRESS_WORDS, isIpv4Words, parseAddressInto } from "./address.ts";

const WORD_BITS = 32;
/** IPv4 stands behind the prefix of IPv4-mapped addresses. */
const IPV4_PREFIX_BITS = 96;

/** The addresses that have the first bits in common: a CIDR block (RFC 4632, RFC 4291 §2.3). */
export class AddressRange {
  readonly #words: Int32Array;
  readonly #masks: Int32Array;
  /** A range of IPv6 addresses holds none of IPv4, though these stand within `::/0`. */
  readonly #isIpv4: boolean;
  /** The narrower the range, the more; those of IPv4 are counted as in IPv4-mapped addresses. */
  readonly prefixBits: number;

  private constructor(words: Int32Array, prefixBits: number) {
    this.prefixBits = prefixBits;
    this.#isIpv4 = prefixBits >= IPV4_PREFIX_BITS && isIpv4Words(words, 0);
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
    if (isIpv4Words(words, at) !== this.#isIpv4) return false;
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      if (((words[at + i] ?? 0) & (this.#masks[i] ?? 0)) !== this.#words[i]) return false;
    }
    return true;
  }

  /** Whether an address that lies in it is one of its first `count`. */
  isAmongFirst(words: Int32Array, at: number, count: number): boolean {
    for (let i = 0; i < ADDRESS_WORDS - 1; i++) if (words[at + i] !== this.#words[i]) return false;
    return ((words[at + ADDRESS_WORDS - 1] ?? 0) - (this.#words[ADDRESS_WORDS - 1] ?? 0)) >>> 0 < count;
  }
}

/** The first `bits` of a word set: none below 1, all from 32. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= WORD_BITS ? -1 : -1 << (WORD_BITS - bits);
}
