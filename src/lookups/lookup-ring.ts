import type { Lookup } from "../model/lookup.ts";
import { decidedMicros, LookupSummary } from "./lookup-summary.ts";

/** In place of a row. */
export const NO_ROW = -1;

/** A row: 64 bytes, a cache line. Two times, then what its owner keeps from OWN_DOUBLE and OWN_AT on. */
const ROW_WORDS = 16;
const ROW_DOUBLES = ROW_WORDS / 2;
const QUERY_DOUBLE = 0;
const DECIDED_DOUBLE = 1;
const PORT_AT = 6;
/** A double of the owner, and nine words of it. */
export const OWN_DOUBLE = 2;
export const OWN_AT = 7;

/** Texts of a row, and after them those of the owner. */
const CLIENT_TEXT = 0;
const SERVER_TEXT = 1;
const ADDRESS_TEXT = 2;
const CHAIN_TEXT = 3;
export const OWN_TEXT = 4;

type Text = string | readonly string[] | null;

const MIN_CAPACITY = 64;
/** The ring shrinks when fewer than one of so many places is used. */
const MAX_PLACES_PER_ROW = 4;
/** Row numbers begin again after this one. */
const MAX_ROW = 0x3fff_ffff;

/**
 * Lookups that wait, first in, first out. A node has thousands of them, and each is written once and read seconds later:
 * so they are rows of a typed array, one cache line each, in the order in which they are read, and their texts are in
 * an array that only a report reads.
 *
 * A row has a number that it keeps when the ring grows or shrinks. The owner bounds the ring by `size`.
 */
export class LookupRing {
  doubles = new Float64Array(MIN_CAPACITY * ROW_DOUBLES);
  words = new Int32Array(this.doubles.buffer);
  texts: Text[];
  readonly #textsEach: number;
  readonly #summary = new LookupSummary();
  /** The capacity is a power of two. */
  #mask = MIN_CAPACITY - 1;
  #first = 0;
  #next = 0;

  /** `ownTexts`: texts of the owner for each row. */
  constructor(ownTexts = 0) {
    this.#textsEach = OWN_TEXT + ownTexts;
    this.texts = new Array<Text>(MIN_CAPACITY * this.#textsEach).fill(null);
  }

  get size(): number {
    return (this.#next - this.#first) & MAX_ROW;
  }

  /** The row that `distance` rows precede; NO_ROW: none. */
  row(distance: number): number {
    return distance < this.size ? (this.#first + distance) & MAX_ROW : NO_ROW;
  }

  /** The first word of a row; its first double is at half of that. */
  at(row: number): number {
    return (row & this.#mask) * ROW_WORDS;
  }

  /** The first text of a row. */
  textAt(row: number): number {
    return (row & this.#mask) * this.#textsEach;
  }

  queryMicros(row: number): number {
    return this.doubles[(row & this.#mask) * ROW_DOUBLES + QUERY_DOUBLE] as number;
  }

  /** Time of the answer, or of the query without an answer. */
  decidedMicros(row: number): number {
    return this.doubles[(row & this.#mask) * ROW_DOUBLES + DECIDED_DOUBLE] as number;
  }

  /** What a report needs of a row; valid until the next call. */
  summary(row: number): LookupSummary {
    const summary = this.#summary;
    const { texts } = this;
    const text = this.textAt(row);
    summary.queryMicros = this.queryMicros(row);
    summary.decidedMicros = this.decidedMicros(row);
    summary.clientPort = this.words[this.at(row) + PORT_AT] as number;
    summary.clientAddress = texts[text + CLIENT_TEXT] as string;
    summary.serverAddress = texts[text + SERVER_TEXT] as string | null;
    summary.address = texts[text + ADDRESS_TEXT] as string | null;
    summary.chain = texts[text + CHAIN_TEXT] as readonly string[];
    return summary;
  }

  /** A new last row; what is the owner's in it is of an earlier row. */
  add(lookup: Lookup): number {
    if (this.size > this.#mask) this.#resize(2 * this.size);
    const row = this.#next;
    this.#next = (row + 1) & MAX_ROW;
    const place = row & this.#mask;
    const { client, addresses, chain } = lookup;
    const server = lookup.responder ?? lookup.resolver;
    this.doubles[place * ROW_DOUBLES + QUERY_DOUBLE] = lookup.queryMicros;
    this.doubles[place * ROW_DOUBLES + DECIDED_DOUBLE] = decidedMicros(lookup);
    this.words[place * ROW_WORDS + PORT_AT] = client.port;
    const { texts } = this;
    const text = place * this.#textsEach;
    texts[text + CLIENT_TEXT] = client.address;
    texts[text + SERVER_TEXT] = server === null ? null : server.address;
    texts[text + ADDRESS_TEXT] = addresses.length > 0 ? (addresses[0] as string) : null;
    texts[text + CHAIN_TEXT] = chain;
    return row;
  }

  /** Removes the oldest row. */
  shift(): void {
    this.#first = (this.#first + 1) & MAX_ROW;
    const capacity = this.#mask + 1;
    if (this.size * MAX_PLACES_PER_ROW < capacity && capacity > MIN_CAPACITY) this.#resize(capacity / 2);
  }

  #resize(capacity: number): void {
    const { size } = this;
    const mask = capacity - 1;
    const each = this.#textsEach;
    const doubles = new Float64Array(capacity * ROW_DOUBLES);
    const words = new Int32Array(doubles.buffer);
    const texts = new Array<Text>(capacity * each).fill(null);
    for (let i = 0; i < size; i++) {
      const row = this.#first + i;
      const from = row & this.#mask;
      const to = row & mask;
      for (let k = 0; k < ROW_WORDS; k++) words[to * ROW_WORDS + k] = this.words[from * ROW_WORDS + k] as number;
      for (let k = 0; k < each; k++) texts[to * each + k] = this.texts[from * each + k] as Text;
    }
    this.#mask = mask;
    this.doubles = doubles;
    this.words = words;
    this.texts = texts;
  }
}
