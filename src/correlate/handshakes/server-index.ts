import { randomOdd } from "../../bounded/random-odd.ts";
import { RecordIndex, type RecordPool } from "../../bounded/records.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { haveSameDestination, PORTS_AT } from "../../model/tuple.ts";
import { HandshakeLayout, HandshakeMark } from "./handshake-layout.ts";

const { sequenceAt, marksAt, firstAt, lastAt, dataEndAt } = HandshakeLayout;
const { hasData, isDestinationTranslated, isNumberShared } = HandshakeMark;

/**
 * An attempt stands up to three times in the index, each time with links of its own, two words further on: an entry is
 * the record's position plus the offset. Records stand at multiples of 16.
 */
const Entry = { dialled: 0, serving: 2, withData: 4 } as const;
const OFFSETS = 15;

/**
 * Attempts by sequence number and server, both the one that was dialled and the one that serves: who may answer them.
 * Only those whose number another one has stand here; the others are found by their number alone.
 * All of it comes from the wire, so each part of the hash is multiplied by a number drawn for the table: whoever knows
 * this code still cannot choose servers that share a hash.
 */
export class ServerIndex {
  readonly #words: Int32Array;
  readonly #index: RecordIndex;
  readonly #number = randomOdd();
  readonly #port = randomOdd();
  readonly #word0 = randomOdd();
  readonly #word1 = randomOdd();
  readonly #word2 = randomOdd();
  readonly #word3 = randomOdd();
  /** Attempts that have a second number. */
  withData = 0;

  constructor(pool: RecordPool) {
    this.#words = pool.words;
    this.#index = new RecordIndex(pool, HandshakeLayout.byServerAt);
  }

  /**
   * The newest entry of an attempt with this number, which is that of the SYN or the one behind its data, and this
   * server, whose address stands at `addressAt`. Others may share its bucket.
   */
  first(number: number, addresses: Int32Array, addressAt: number, port: number): number {
    return this.#index.first(this.#hash(number, addresses, addressAt, port));
  }

  next(entry: number): number {
    return this.#index.next(entry);
  }

  attemptOf(entry: number): number {
    return entry & ~OFFSETS;
  }

  /** Another attempt has its number: from now on it stands here. */
  share(record: number): void {
    if (this.#hasMark(record, isNumberShared)) return;
    this.#mark(record, isNumberShared, true);
    this.#insertServers(record);
  }

  /** Before the legs of an attempt change, or it ends. */
  leave(record: number): void {
    if (!this.#hasMark(record, isNumberShared)) return;
    this.#index.remove(record + Entry.dialled);
    if (this.#hasMark(record, isDestinationTranslated)) this.#index.remove(record + Entry.serving);
  }

  /** After its legs have changed. */
  enter(record: number): void {
    const isSame = haveSameDestination(this.#words, record + firstAt, record + lastAt);
    this.#mark(record, isDestinationTranslated, !isSame);
    if (this.#hasMark(record, isNumberShared)) this.#insertServers(record);
  }

  /** Enters the attempt by its second number, the one behind the data of its SYN. */
  addDataEnd(record: number, dataEnd: number): void {
    this.#words[record + dataEndAt] = dataEnd;
    this.#mark(record, hasData, true);
    this.#insert(record + Entry.withData, dataEnd, record + firstAt);
    this.withData++;
  }

  removeDataEnd(record: number): void {
    if (!this.#hasMark(record, hasData)) return;
    this.#index.remove(record + Entry.withData);
    this.withData--;
  }

  #insertServers(record: number): void {
    const number = this.#words[record + sequenceAt] ?? 0;
    this.#insert(record + Entry.dialled, number, record + firstAt);
    if (this.#hasMark(record, isDestinationTranslated)) this.#insert(record + Entry.serving, number, record + lastAt);
  }

  #hasMark(record: number, mark: number): boolean {
    return ((this.#words[record + marksAt] ?? 0) & mark) !== 0;
  }

  #mark(record: number, mark: number, isSet: boolean): void {
    const marks = (this.#words[record + marksAt] ?? 0) & ~mark;
    this.#words[record + marksAt] = isSet ? marks | mark : marks;
  }

  #insert(entry: number, number: number, tupleAt: number): void {
    const port = (this.#words[tupleAt + PORTS_AT] ?? 0) & 0xffff;
    this.#index.insert(entry, this.#hash(number, this.#words, tupleAt + ADDRESS_WORDS, port));
  }

  #hash(number: number, words: Int32Array, at: number, port: number): number {
    return (
      (Math.imul(number, this.#number) +
        Math.imul(port, this.#port) +
        Math.imul(words[at] ?? 0, this.#word0) +
        Math.imul(words[at + 1] ?? 0, this.#word1) +
        Math.imul(words[at + 2] ?? 0, this.#word2) +
        Math.imul(words[at + 3] ?? 0, this.#word3)) |
      0
    );
  }
}
