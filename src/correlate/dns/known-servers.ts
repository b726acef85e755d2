import { hashWords } from "../../bounded/hash.ts";
import { RecentPairs } from "../../bounded/recent-pairs.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { NAME_MEMORY_MICROS } from "../../model/waiting-times.ts";

const MAX_SERVERS = 1_024;

/** Addresses that have answered a query. A query alone does not make its destination a DNS server. */
export class KnownServers {
  readonly #servers = new RecentPairs(MAX_SERVERS, NAME_MEMORY_MICROS);

  /** Servers evicted before their time. */
  get evicted(): number {
    return this.#servers.evicted;
  }

  /** Adds the address that begins at `at`. */
  add(words: Int32Array, at: number, nowMicros: number): void {
    if (!this.has(words, at, nowMicros)) this.#servers.add(firstHash(words, at), secondHash(words, at), nowMicros);
  }

  has(words: Int32Array, at: number, nowMicros: number): boolean {
    return this.#servers.has(firstHash(words, at), secondHash(words, at), nowMicros);
  }
}

/** The last word, which is the whole of an IPv4 address. */
function firstHash(words: Int32Array, at: number): number {
  return words[at + ADDRESS_WORDS - 1] as number;
}

/** Hash of the other words. */
function secondHash(words: Int32Array, at: number): number {
  return hashWords(words, at, ADDRESS_WORDS - 1);
}
