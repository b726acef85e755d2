import { ADDRESS_WORDS } from "../model/address.ts";
import type { Endpoint } from "../model/connection.ts";
import type { AddressTexts } from "./address-texts.ts";

const CAPACITY = 4_096;
const WORDS = ADDRESS_WORDS + 1;
const NOWHERE: Endpoint = { address: "::", port: 0 };

/**
 * Endpoints that serve are few and come again and again, unlike a client's with its ephemeral port: equal ones mostly
 * share one object. One place for each hash, where the last comer stays; nothing depends on it.
 */
export class ServerEndpoints {
  readonly #texts: AddressTexts;
  readonly #words = new Int32Array(WORDS * CAPACITY);
  readonly #endpoints = new Array<Endpoint>(CAPACITY).fill(NOWHERE);

  constructor(texts: AddressTexts) {
    this.#texts = texts;
  }

  /** Endpoint of the address whose words begin at `at`. */
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
    return isKnown ? (this.#endpoints[hash] as Endpoint) : this.#remember(hash, words, at, port);
  }

  #remember(hash: number, words: Int32Array, at: number, port: number): Endpoint {
    const endpoint = { address: this.#texts.of(words, at), port };
    const place = hash * WORDS;
    for (let i = 0; i < ADDRESS_WORDS; i++) this.#words[place + i] = words[at + i] as number;
    this.#words[place + ADDRESS_WORDS] = port;
    this.#endpoints[hash] = endpoint;
    return endpoint;
  }
}
