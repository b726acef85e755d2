import { hashAddress } from "../bounded/hash.ts";
import { ADDRESS_WORDS, addressText } from "../model/address.ts";
import type { Endpoint } from "../model/connection.ts";

const SLOT_BITS = 13;
const SLOTS = 2 ** SLOT_BITS;
/** The endpoint of a slot whose address has not been that of a server. */
const NONE: Endpoint = { address: "::", port: -1 };

/**
 * Texts and endpoints of addresses, direct-mapped: each hash has one slot, which holds the last address. Equal addresses
 * usually share one string, so that later maps compare references; nothing depends on that.
 */
export class AddressCache {
  readonly #words = new Int32Array(SLOTS * ADDRESS_WORDS);
  /** At first, the text of the address of zeros. */
  readonly #texts = new Array<string>(SLOTS).fill("::");
  /** The last server at the address: its port is usually the same, unlike that of a client. */
  readonly #servers = new Array<Endpoint>(SLOTS).fill(NONE);

  /** Canonical text of the address whose words begin at `at`. */
  text(words: Int32Array, at: number): string {
    return this.#texts[this.#slot(words, at)] as string;
  }

  /** Endpoint of a server at the address whose words begin at `at`. */
  server(words: Int32Array, at: number, port: number): Endpoint {
    const slot = this.#slot(words, at);
    const known = this.#servers[slot] as Endpoint;
    return known.port === port ? known : this.#addServer(slot, port);
  }

  #slot(words: Int32Array, at: number): number {
    const a = words[at] as number;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const d = words[at + 3] as number;
    const slot = hashAddress(a, b, c, d) >>> (32 - SLOT_BITS);
    const own = this.#words;
    const place = slot * ADDRESS_WORDS;
    const isSame = own[place + 3] === d && own[place + 2] === c && own[place + 1] === b && own[place] === a;
    if (!isSame) this.#replace(slot, words, at);
    return slot;
  }

  #replace(slot: number, words: Int32Array, at: number): void {
    for (let i = 0; i < ADDRESS_WORDS; i++) this.#words[slot * ADDRESS_WORDS + i] = words[at + i] as number;
    this.#texts[slot] = addressText(words, at);
    this.#servers[slot] = NONE;
  }

  #addServer(slot: number, port: number): Endpoint {
    const server = { address: this.#texts[slot] as string, port };
    this.#servers[slot] = server;
    return server;
  }
}
