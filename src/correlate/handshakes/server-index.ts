import { KeyedHash } from "../../bounded/keyed-hash.ts";
import { RecordIndex, type RecordPool } from "../../bounded/records.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import { HandshakeLinks, type HandshakeRecords } from "./handshake-records.ts";

const { hasData, isNumberShared } = HandshakeFlag;

/**
 * An attempt has up to three entries in the index, each with two words for links: an entry is the record's position
 * plus the offset of its links. Records begin at multiples of 16.
 */
const Entry = { dialed: 0, serving: 2, withData: 4 } as const;
const OFFSET_MASK = 15;

/**
 * Attempts by sequence number and server, before and after NAT: those that an answer from this server may belong to.
 * Only attempts that share their number with another are indexed here; `HandshakeTable.newestWithNumber` finds the
 * rest.
 */
export class ServerIndex {
  readonly #records: HandshakeRecords;
  readonly #index: RecordIndex;
  readonly #server = new Int32Array(ADDRESS_WORDS);
  readonly #keyedHash = new KeyedHash();
  /** Attempts that a second number acknowledges, the one after the data of the SYN. */
  withData = 0;

  constructor(pool: RecordPool, records: HandshakeRecords) {
    this.#records = records;
    this.#index = new RecordIndex(pool, HandshakeLinks.byServer);
  }

  /**
   * Newest entry in the bucket of a number and a server, whose address begins at `addressAt`. The bucket may have other
   * entries too.
   */
  first(number: number, addresses: Int32Array, addressAt: number, port: number): number {
    return this.#index.first(this.#hash(number, addresses, addressAt, port));
  }

  next(entry: number): number {
    return this.#index.next(entry);
  }

  attemptOf(entry: number): number {
    return entry & ~OFFSET_MASK;
  }

  /** Indexes an attempt from now on, since another one has its number. */
  share(record: number): void {
    if (this.#records.hasFlag(record, isNumberShared)) return;
    this.#records.setFlag(record, isNumberShared, true);
    this.insert(record);
  }

  /** Call it after a tuple of the attempt has changed. */
  insert(record: number): void {
    const records = this.#records;
    if (!records.hasFlag(record, isNumberShared)) return;
    const { tuples } = records;
    const number = records.sequence(record);
    this.#insertDialed(record, Entry.dialed, number);
    if (!tuples.isDestinationTranslated(record)) return;
    tuples.copyLastDestination(record, this.#server, 0);
    const hash = this.#hash(number, this.#server, 0, tuples.lastDestinationPort(record));
    this.#index.insert(record + Entry.serving, hash);
  }

  /** Call it before a tuple of the attempt changes, and before the attempt is released. */
  remove(record: number): void {
    if (!this.#records.hasFlag(record, isNumberShared)) return;
    this.#index.remove(record + Entry.dialed);
    if (this.#records.tuples.isDestinationTranslated(record)) this.#index.remove(record + Entry.serving);
  }

  /** Indexes an attempt by its second number too. */
  addDataEnd(record: number, dataEnd: number): void {
    this.#records.setDataEnd(record, dataEnd);
    this.#insertDialed(record, Entry.withData, dataEnd);
    this.withData++;
  }

  removeDataEnd(record: number): void {
    if (!this.#records.hasFlag(record, hasData)) return;
    this.#index.remove(record + Entry.withData);
    this.withData--;
  }

  #insertDialed(record: number, offset: number, number: number): void {
    const { tuples } = this.#records;
    tuples.copyFirstDestination(record, this.#server, 0);
    this.#index.insert(record + offset, this.#hash(number, this.#server, 0, tuples.firstDestinationPort(record)));
  }

  #hash(number: number, words: Int32Array, at: number, port: number): number {
    return this.#keyedHash.words(words, at, ADDRESS_WORDS, this.#keyedHash.mix(number, port));
  }
}
