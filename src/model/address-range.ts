import { ADDRESS_WORDS, isIpv4Words, parseAddressInto } from "./address.ts";

const WORD_BITS = 32;
/** Length of the prefix of IPv4-mapped addresses. */
const IPV4_PREFIX_BITS = 96;

/** IP version. */
export type AddressFamily = 4 | 6;

/** A route of a node to other addresses than its own links have. */
export interface Route {
  /** `10.244.2.0/24`. */
  readonly cidr: string;
  /** Canonical address of the next hop. */
  readonly gateway: string;
}

/** A CIDR block (RFC 4632, RFC 4291 §2.3). */
export class AddressRange {
  readonly #words: Int32Array;
  readonly #masks: Int32Array;
  /** A range of IPv6 addresses contains no IPv4 address, although `::/0` includes the IPv4-mapped ones. */
  readonly #isIpv4: boolean;
  /** Length of the prefix; of an IPv4 range, that of its IPv4-mapped prefix. */
  readonly prefixBits: number;

  private constructor(words: Int32Array, prefixBits: number) {
    this.prefixBits = prefixBits;
    this.#isIpv4 = prefixBits >= IPV4_PREFIX_BITS && isIpv4Words(words, 0);
    this.#masks = Int32Array.from({ length: ADDRESS_WORDS }, (_, i) => maskOf(prefixBits - i * WORD_BITS));
    this.#words = words.map((word, i) => word & (this.#masks[i] as number));
  }

  /** Null if the text is not `address/bits`. */
  static parse(cidr: string): AddressRange | null {
    const [address = "", bits = "", more] = cidr.split("/");
    const words = new Int32Array(ADDRESS_WORDS);
    if (more !== undefined || !/^\d{1,3}$/.test(bits) || !parseAddressInto(address, words, 0)) return null;
    const prefixBits = Number(bits) + (address.includes(":") ? 0 : IPV4_PREFIX_BITS);
    return prefixBits > ADDRESS_WORDS * WORD_BITS ? null : new AddressRange(words, prefixBits);
  }

  /** Whether the address that begins at `at` is in the range. */
  contains(words: Int32Array, at: number): boolean {
    if (isIpv4Words(words, at) !== this.#isIpv4) return false;
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      if (((words[at + i] as number) & (this.#masks[i] as number)) !== this.#words[i]) return false;
    }
    return true;
  }

  /** What all its addresses begin with; see `prefixText`. */
  get prefix(): string {
    return prefixText(this.#words, 0, this.prefixBits);
  }

  /** Of its addresses. */
  get family(): AddressFamily {
    return this.#isIpv4 ? 4 : 6;
  }

  /** Whether it has all addresses of its family. */
  get isWhole(): boolean {
    return this.prefixBits === (this.#isIpv4 ? IPV4_PREFIX_BITS : 0);
  }

  /** Whether an address of the range is one of its first `count`. */
  isAmongFirst(words: Int32Array, at: number, count: number): boolean {
    for (let i = 0; i < ADDRESS_WORDS - 1; i++) if (words[at + i] !== this.#words[i]) return false;
    return ((words[at + ADDRESS_WORDS - 1] as number) - (this.#words[ADDRESS_WORDS - 1] as number)) >>> 0 < count;
  }
}

/** The first `bits` of the address that begins at `at`, as text. */
export function prefixText(words: Int32Array, at: number, bits: number): string {
  let text = "";
  for (let i = 0; i < ADDRESS_WORDS; i++) text += `${(words[at + i] as number) & maskOf(bits - i * WORD_BITS)} `;
  return text;
}

/** A word with its first `bits` set: none below 1, all from 32. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= WORD_BITS ? -1 : -1 << (WORD_BITS - bits);
}
