import { ADDRESS_WORDS, copyAddress } from "./address.ts";
import {
  areDestinationsEqual,
  areSourcesEqual,
  destinationPort,
  hasSameDestination,
  hasSameSource,
  isFromDestination,
  isToSource,
  isTuple,
  type PacketTuple,
  sourcePort,
  TUPLE_WORDS,
  writeTuple,
} from "./tuple.ts";

export const TUPLE_PAIR_WORDS = 2 * TUPLE_WORDS;

/**
 * A field of two tuples in each of many records: that of a packet's first sighting and that of its last sighting, which
 * differ where NAT translated the packet in between. A record goes by its position in `words`. Nothing is allocated.
 */
export class TuplePair {
  readonly #words: Int32Array;
  readonly #firstAt: number;
  readonly #lastAt: number;

  /** `at`: position of the field in a record. */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#firstAt = at;
    this.#lastAt = at + TUPLE_WORDS;
  }

  setBoth(record: number, packet: PacketTuple): void {
    writeTuple(this.#words, record + this.#firstAt, packet);
    writeTuple(this.#words, record + this.#lastAt, packet);
  }

  setLast(record: number, packet: PacketTuple): void {
    writeTuple(this.#words, record + this.#lastAt, packet);
  }

  /** Copies from one record to another. */
  copyFirst(from: number, to: number): void {
    copyWords(this.#words, from + this.#firstAt, this.#words, to + this.#firstAt, TUPLE_WORDS);
  }

  copyLast(from: number, to: number): void {
    copyWords(this.#words, from + this.#lastAt, this.#words, to + this.#lastAt, TUPLE_WORDS);
  }

  copyBoth(from: number, to: number): void {
    this.copyInto(from, this.#words, to + this.#firstAt);
  }

  /** Copies both tuples to `at` of another array, `TUPLE_PAIR_WORDS` words. */
  copyInto(record: number, to: Int32Array, at: number): void {
    copyWords(this.#words, record + this.#firstAt, to, at, TUPLE_PAIR_WORDS);
  }

  /** Copies one address to `at` of another array. */
  copyFirstSource(record: number, to: Int32Array, at: number): void {
    copyAddress(this.#words, record + this.#firstAt, to, at);
  }

  copyFirstDestination(record: number, to: Int32Array, at: number): void {
    copyAddress(this.#words, record + this.#firstAt + ADDRESS_WORDS, to, at);
  }

  copyLastSource(record: number, to: Int32Array, at: number): void {
    copyAddress(this.#words, record + this.#lastAt, to, at);
  }

  copyLastDestination(record: number, to: Int32Array, at: number): void {
    copyAddress(this.#words, record + this.#lastAt + ADDRESS_WORDS, to, at);
  }

  firstSourcePort(record: number): number {
    return sourcePort(this.#words, record + this.#firstAt);
  }

  firstDestinationPort(record: number): number {
    return destinationPort(this.#words, record + this.#firstAt);
  }

  lastDestinationPort(record: number): number {
    return destinationPort(this.#words, record + this.#lastAt);
  }

  isFirst(record: number, packet: PacketTuple): boolean {
    return isTuple(this.#words, record + this.#firstAt, packet);
  }

  isFirstOrLast(record: number, packet: PacketTuple): boolean {
    const words = this.#words;
    return isTuple(words, record + this.#firstAt, packet) || isTuple(words, record + this.#lastAt, packet);
  }

  hasFirstSource(record: number, packet: PacketTuple): boolean {
    return hasSameSource(this.#words, record + this.#firstAt, packet);
  }

  hasFirstDestination(record: number, packet: PacketTuple): boolean {
    return hasSameDestination(this.#words, record + this.#firstAt, packet);
  }

  hasLastDestination(record: number, packet: PacketTuple): boolean {
    return hasSameDestination(this.#words, record + this.#lastAt, packet);
  }

  /** Whether the packet's source is that of either tuple. */
  hasSource(record: number, packet: PacketTuple): boolean {
    const words = this.#words;
    return hasSameSource(words, record + this.#lastAt, packet) || hasSameSource(words, record + this.#firstAt, packet);
  }

  /** Whether the packet's destination is that of either tuple. */
  hasDestination(record: number, packet: PacketTuple): boolean {
    const words = this.#words;
    return (
      hasSameDestination(words, record + this.#lastAt, packet) ||
      hasSameDestination(words, record + this.#firstAt, packet)
    );
  }

  /** Whether the packet is a reply to the first tuple: the same ends, in reverse. */
  isReplyToFirst(record: number, packet: PacketTuple): boolean {
    const at = record + this.#firstAt;
    return isToSource(this.#words, at, packet) && isFromDestination(this.#words, at, packet);
  }

  /** Whether the packet goes to the source of either tuple. */
  isToSource(record: number, packet: PacketTuple): boolean {
    const words = this.#words;
    return isToSource(words, record + this.#lastAt, packet) || isToSource(words, record + this.#firstAt, packet);
  }

  /** Whether the packet comes from the destination of either tuple. */
  isFromDestination(record: number, packet: PacketTuple): boolean {
    const words = this.#words;
    return (
      isFromDestination(words, record + this.#lastAt, packet) ||
      isFromDestination(words, record + this.#firstAt, packet)
    );
  }

  isSourceTranslated(record: number): boolean {
    return !areSourcesEqual(this.#words, record + this.#firstAt, record + this.#lastAt);
  }

  isDestinationTranslated(record: number): boolean {
    return !areDestinationsEqual(this.#words, record + this.#firstAt, record + this.#lastAt);
  }
}

function copyWords(from: Int32Array, fromAt: number, to: Int32Array, toAt: number, count: number): void {
  for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i] as number;
}
