import { RecentPairs } from "../../bounded/recent-pairs.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { NAME_MEMORY_MICROS } from "../../model/waiting-times.ts";

const MAX_SERVERS = 1_024;

/** Addresses that have answered what they were asked: anybody can ask anybody, but no DNS server is who never answers. */
export class KnownServers {
  readonly #servers = new RecentPairs(MAX_SERVERS, NAME_MEMORY_MICROS);

  /** Adds the address at `at` in `words`. */
  add(words: Int32Array, at: number, nowMicros: number): void {
    if (!this.has(words, at, nowMicros)) this.#servers.add(firstHash(words, at), secondHash(words, at), nowMicros);
  }

  has(words: Int32Array, at: number, nowMicros: number): boolean {
    return this.#servers.has(firstHash(words, at), secondHash(words, at), nowMicros);
  }
}

/** Of IPv4 the address itself. */
function firstHash(words: Int32Array, at: number): number {
  return words[at + ADDRESS_WORDS - 1] ?? 0;
}

function secondHash(words: Int32Array, at: number): number {
  return Math.imul(words[at] ?? 0, 31) ^ Math.imul(words[at + 1] ?? 0, 0x9e3779b1) ^ (words[at + 2] ?? 0);
}
