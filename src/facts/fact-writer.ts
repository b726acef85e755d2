import { ADDRESS_WORDS } from "../model/address.ts";
import { MAX_ANSWER_ADDRESSES } from "../model/dns-message.ts";
import {
  ConnectionLayout,
  HEADER_BYTES,
  LookupLayout,
  MAX_RECORD_BYTES,
  MAX_TEXT_CHARACTERS,
  MAX_TEXTS,
  RecordType,
  STREAM_VERSION,
} from "./record-layout.ts";

const CAPACITY_BYTES = 2 * MAX_RECORD_BYTES;
/** A power of two, as many as there are texts. */
const RECENT_TEXTS = MAX_TEXTS;

const ENCODER = new TextEncoder();

/** Where a text begins in its record: behind the header, its number and its length. */
const TEXT_AT = HEADER_BYTES + 8;
const MAX_TEXT_BYTES = MAX_RECORD_BYTES - TEXT_AT;
/** UTF-8 bytes for one UTF-16 code unit. */
const MAX_CHARACTER_BYTES = 3;

/** Receives whole records; the array is used again as soon as the call returns. */
export type BatchHandler = (batch: Uint8Array) => void;

/**
 * Sensor's end of the fact stream: puts records into one batch and hands it on when it is full or flushed.
 * The correlator fills the words of a record in place; nothing is allocated per fact.
 */
export class FactWriter {
  readonly #buffer = new ArrayBuffer(CAPACITY_BYTES);
  readonly #bytes = new Uint8Array(this.#buffer);
  readonly #emit: BatchHandler;
  readonly #numbers = new Map<string, number>();
  /** Texts by number; numbers are given in turn, so that one just given is not soon another text's. */
  readonly #texts: (string | undefined)[] = [];
  /** Number of the text that was asked for last under each hash. */
  readonly #recent = new Int32Array(RECENT_TEXTS);
  #nextNumber = 0;
  #oldestNumber = 0;
  #characters = 0;
  #lastNumber = -1;
  #used = 0;
  /** The batch as 32-bit words and as doubles: valid for the record that `begin…` has just opened. */
  readonly words = new Int32Array(this.#buffer);
  readonly doubles = new Float64Array(this.#buffer);
  facts = 0;

  constructor(emit: BatchHandler) {
    this.#emit = emit;
  }

  /** Opens a connection record; answers its position in words. Fill all words of `ConnectionLayout`. */
  beginConnection(): number {
    this.facts++;
    return this.#begin(RecordType.connection, ConnectionLayout.bytes);
  }

  /** Opens a lookup record with room for `addressCount` addresses; answers its position in words. */
  beginLookup(addressCount: number): number {
    this.facts++;
    const addresses = Math.min(addressCount, MAX_ANSWER_ADDRESSES);
    return this.#begin(RecordType.lookup, LookupLayout.bytes + addresses * ADDRESS_WORDS * 4);
  }

  /**
   * Number of a text, sent first where the reader does not know it. Call it before the record that needs it. Where the
   * caller has a `hash` of it, most texts are found without being looked up.
   */
  text(text: string, hash = text.length): number {
    const place = hash & (RECENT_TEXTS - 1);
    const recent = this.#recent[place] ?? 0;
    if (this.#texts[recent] === text) {
      this.#lastNumber = recent;
      return recent;
    }
    const number = this.#numberOf(text);
    this.#recent[place] = number;
    return number;
  }

  #numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) {
      this.#lastNumber = known;
      return known;
    }
    // The text asked for just before may stand in the same record.
    const number = this.#nextNumber === this.#lastNumber ? numberAfter(this.#nextNumber) : this.#nextNumber;
    const isFull = this.#texts[number] !== undefined;
    this.#nextNumber = numberAfter(number);
    this.#forget(number);
    if (isFull) this.#oldestNumber = this.#nextNumber;
    while (this.#characters + text.length > MAX_TEXT_CHARACTERS && this.#oldestNumber !== number) this.#forgetOldest();
    this.#lastNumber = number;
    this.#texts[number] = text;
    this.#characters += text.length;
    this.#numbers.set(text, number);
    this.#writeText(RecordType.text, number, text);
    return number;
  }

  #forget(number: number): boolean {
    const text = this.#texts[number];
    if (text === undefined) return false;
    this.#numbers.delete(text);
    this.#texts[number] = undefined;
    this.#characters -= text.length;
    return true;
  }

  /** Gives up the oldest text, and lets the reader do the same. */
  #forgetOldest(): void {
    const number = this.#oldestNumber;
    this.#oldestNumber = numberAfter(number);
    // The text asked for just before may stand in the same record.
    if (number !== this.#lastNumber && this.#forget(number)) this.#writeText(RecordType.text, number, "");
  }

  /** Says how far time has come: the reader may decide all that waited for it. */
  time(micros: number): void {
    const at = this.#begin(RecordType.time, HEADER_BYTES + 8);
    this.doubles[(at >> 1) + 1] = micros;
  }

  /** Begins a new stream, for a reader that knows no text yet; what no reader got of the former stream is dropped. */
  begin(hello: object): void {
    this.#numbers.clear();
    this.#texts.length = 0;
    this.#recent.fill(0);
    this.#nextNumber = 0;
    this.#oldestNumber = 0;
    this.#characters = 0;
    this.#lastNumber = -1;
    this.#used = 0;
    this.#writeText(RecordType.hello, STREAM_VERSION, JSON.stringify(hello));
    this.flush();
  }

  /** Sends the sensor's counters. */
  counters(counters: object): void {
    this.#writeText(RecordType.counters, 0, JSON.stringify(counters));
  }

  flush(): void {
    if (this.#used === 0) return;
    const batch = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    this.#emit(batch);
  }

  /** UTF-8; of a text that is too long, as much as there is room for. */
  #writeText(type: number, id: number, text: string): void {
    const room = Math.min(text.length * MAX_CHARACTER_BYTES, MAX_TEXT_BYTES);
    if (this.#used + TEXT_AT + room + HEADER_BYTES > CAPACITY_BYTES) this.flush();
    const textAt = this.#used + TEXT_AT;
    const length = ENCODER.encodeInto(text, this.#bytes.subarray(textAt, textAt + room)).written;
    const at = this.#begin(type, TEXT_AT + Math.ceil(length / 8) * 8);
    this.words[at + 2] = id;
    this.words[at + 3] = length;
  }

  #begin(type: number, bytes: number): number {
    if (this.#used + bytes > CAPACITY_BYTES) this.flush();
    const at = this.#used >> 2;
    this.#used += bytes;
    this.words[at] = type;
    this.words[at + 1] = bytes;
    return at;
  }
}

function numberAfter(number: number): number {
  return number + 1 === MAX_TEXTS ? 0 : number + 1;
}
