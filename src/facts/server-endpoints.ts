import { ADDRESS_WORDS, copyAddress } from "../model/address.ts";
import type { Endpoint } from "../model/connection.ts";
import type { AddressTexts } from "./address-texts.ts";

const CAPACITY = 4_096;
const WORDS = ADDRESS_WORDS + 1;
const UNUSED: Endpoint = { address: "::", port: 0 };

/**
 * A direct-mapped cache of server endpoints: one entry per hash, which the latest endpoint replaces. Servers are few,
 * so equal endpoints mostly share one object; correctness does not depend on it. Clients have ephemeral ports and are
 * not cached.
 */
export class ServerEndpoints {
  readonly #texts: AddressTexts;
  readonly #words = new Int32Array(WORDS * CAPACITY);
  readonly #endpoints = new Array<Endpoint>(CAPACITY).fill(UNUSED);

  constructor(texts: AddressTexts) {
    this.#texts = texts;
  }

  /** Endpoint with the address that begins at `at`. */
  of(words: Int32Array, at: number, port: number): Endpoint {
    const a = words[at] as number;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const d = words[at + 3] as number;
    let hash = Math.imul(d ^ Math.imul(c ^ Math.imul(b ^ Math.imul(a, 31), 31), 31) ^ (port << 16), 0x9e3779b1);
    hash = (hash ^ (hash >>> 15)) & (CAPACITY - 1);
    const known = this.#words;
    const place = hash * WORDS;
    const isPort = known[place + ADDRESS_WORDS] === port;
    const isKnown =
      isPort && known[place + 3] === d && known[place + 2] === c && known[place + 1] === b && known[place] === a;
    return isKnown ? (this.#endpoints[hash] as Endpoint) : this.#replace(hash, words, at, port);
  }

  #replace(hash: number, words: Int32Array, at: number, port: number): Endpoint {
    const endpoint = { address: this.#texts.of(words, at), port };
    const place = hash * WORDS;
    copyAddress(words, at, this.#words, place);
    this.#words[place + ADDRESS_WORDS] = port;
    this.#endpoints[hash] = endpoint;
    return endpoint;
  }
}
