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
    const a = words[at] ?? 0;
    const b = words[at + 1] ?? 0;
    const c = words[at + 2] ?? 0;
    const d = words[at + 3] ?? 0;
    let hash = Math.imul(d ^ Math.imul(c ^ Math.imul(b ^ Math.imul(a, 31), 31), 31) ^ (port << 16), 0x9e3779b1);
    hash = (hash ^ (hash >>> 15)) & (CAPACITY - 1);
    const known = this.#words;
    const place = hash * WORDS;
    if (
      known[place + 3] === d &&
      known[place + 4] === port &&
      known[place + 2] === c &&
      known[place + 1] === b &&
      known[place] === a
    ) {
      return this.#endpoints[hash] ?? NOWHERE;
    }
    const endpoint = { address: this.#texts.of(words, at), port };
    known[place] = a;
    known[place + 1] = b;
    known[place + 2] = c;
    known[place + 3] = d;
    known[place + 4] = port;
    this.#endpoints[hash] = endpoint;
    return endpoint;
  }
}
