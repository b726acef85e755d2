import { KeyedHash } from "../../bounded/keyed-hash.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import type { PacketTuple } from "../../model/tuple.ts";

/**
 * A field of several server hashes in each of many records: servers that sightings of a query went to, apart from those
 * of its first and its last sighting. A stub resolver queries up to three at once, and each may appear before and after
 * NAT. No sender can choose a server whose hash is that of another.
 */
export class OtherServers {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #count: number;
  readonly #keyedHash = new KeyedHash();

  /** `at`: position of the field in a record; `count`: its words. */
  constructor(words: Int32Array, at: number, count: number) {
    this.#words = words;
    this.#at = at;
    this.#count = count;
  }

  clear(record: number): void {
    for (let i = 0; i < this.#count; i++) this.#words[record + this.#at + i] = 0;
  }

  copy(from: number, to: number): void {
    this.#words.copyWithin(to + this.#at, from + this.#at, from + this.#at + this.#count);
  }

  /** Adds a server, whose address begins at `addressAt`, unless the field is full. */
  add(record: number, addresses: Int32Array, addressAt: number, port: number): void {
    const words = this.#words;
    const hash = this.#hash(addresses, addressAt, port);
    const end = record + this.#at + this.#count;
    for (let at = record + this.#at; at < end; at++) {
      if (words[at] === hash) return;
      if (words[at] !== 0) continue;
      words[at] = hash;
      return;
    }
  }

  /** Whether the packet comes from one of them. */
  isSender(record: number, { addresses, sourcePort }: PacketTuple): boolean {
    const words = this.#words;
    const begin = record + this.#at;
    if (words[begin] === 0) return false;
    const hash = this.#hash(addresses, 0, sourcePort);
    for (let i = 0; i < this.#count; i++) if (words[begin + i] === hash) return true;
    return false;
  }

  /** 32-bit hash of an address and a port; never 0, which marks an unused word. */
  #hash(words: Int32Array, at: number, port: number): number {
    return this.#keyedHash.words(words, at, ADDRESS_WORDS, port) | 1;
  }
}
