import { randomOdd, spread } from "../../bounded/random-odd.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { PORTS_AT, type Sighting } from "../../model/tuple.ts";
import { ExchangeLayout } from "./exchange-layout.ts";

const { otherServersAt, words: RECORD_WORDS } = ExchangeLayout;
const OTHER_SERVERS = RECORD_WORDS - otherServersAt;

/**
 * Servers that a query was seen to go to, beside those of its first and its last sighting: a stub resolver asks up to
 * three at once, each of which may show before and behind NAT. Kept as hashes in the exchange's record; nobody can
 * choose a server whose hash is another's.
 */
export class OtherServers {
  readonly #words: Int32Array;
  readonly #factor = randomOdd();

  /** `words`: the records of the exchanges. */
  constructor(words: Int32Array) {
    this.#words = words;
  }

  clear(record: number): void {
    for (let i = 0; i < OTHER_SERVERS; i++) this.#words[record + otherServersAt + i] = 0;
  }

  copy(from: number, to: number): void {
    this.#words.copyWithin(to + otherServersAt, from + otherServersAt, from + otherServersAt + OTHER_SERVERS);
  }

  /** Adds the destination of the tuple at `tuple`, where there is room. */
  add(record: number, tuple: number): void {
    const words = this.#words;
    const hash = this.#hash(words, tuple + ADDRESS_WORDS, (words[tuple + PORTS_AT] ?? 0) & 0xffff);
    for (let at = record + otherServersAt; at < record + otherServersAt + OTHER_SERVERS; at++) {
      if (words[at] === hash) return;
      if (words[at] !== 0) continue;
      words[at] = hash;
      return;
    }
  }

  /** Whether the sighting comes from one of them. */
  has(record: number, { addresses, sourcePort }: Sighting): boolean {
    const words = this.#words;
    if (words[record + otherServersAt] === 0) return false;
    const hash = this.#hash(addresses, 0, sourcePort);
    for (let i = 0; i < OTHER_SERVERS; i++) if (words[record + otherServersAt + i] === hash) return true;
    return false;
  }

  /** 32-bit hash of an address and a port, never 0: that stands for none. */
  #hash(words: Int32Array, at: number, port: number): number {
    let hash = port;
    for (let i = 0; i < ADDRESS_WORDS; i++) hash = spread(hash ^ (words[at + i] ?? 0), this.#factor, this.#factor);
    return hash | 1;
  }
}
