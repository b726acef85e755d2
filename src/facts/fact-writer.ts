import { ADDRESS_WORDS } from "../model/address.ts";
import {
  ConnectionLayout,
  HEADER_BYTES,
  LookupLayout,
  MAX_RECORD_BYTES,
  MAX_TEXT_CHARACTERS,
  MAX_TEXT_LENGTH,
  MAX_TEXTS,
  RecordType,
  STREAM_VERSION,
} from "./record-layout.ts";

/** The shortest batch that holds every record. */
const MIN_BATCH_BYTES = 2 * MAX_RECORD_BYTES;
/** A power of two, one for each text. */
const RECENT_TEXTS = MAX_TEXTS;

const ENCODER = new TextEncoder();

/** Position of a text in its record, in bytes: after the header, the number and the length. */
const TEXT_AT = HEADER_BYTES + 8;
const MAX_JSON_BYTES = MAX_RECORD_BYTES - TEXT_AT;
/** UTF-8 bytes of one UTF-16 code unit. */
const MAX_CHARACTER_BYTES = 3;

/** Receives whole records. The array is reused when the call returns. */
export type BatchHandler = (batch: Uint8Array) => void;

/**
 * Writes the fact stream in the sensor: collects records in a batch, and emits it when it is full or flushed.
 * The caller fills a record in place, so no fact allocates anything.
 */
export class FactWriter {
  readonly #capacity: number;
  readonly #bytes: Uint8Array;
  readonly #emit: BatchHandler;
  readonly #numbers = new Map<string, number>();
  /** Texts by number. Numbers are assigned in order, so that the oldest is reused first. */
  readonly #texts: (string | undefined)[] = [];
  /** By hash, the number of the latest text with this hash. */
  readonly #recent = new Int32Array(RECENT_TEXTS);
  #nextNumber = 0;
  #oldestNumber = 0;
  #characters = 0;
  #lastNumber = -1;
  #used = 0;
  /** The batch as 32-bit words and as doubles, for the record that `begin…` has just opened. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  facts = 0;

  /** `batchBytes`: of the longest batch, at least that of two records of maximum length, which is the default. */
  constructor(emit: BatchHandler, batchBytes = MIN_BATCH_BYTES) {
    const buffer = new ArrayBuffer(batchBytes);
    this.#emit = emit;
    this.#capacity = batchBytes;
    this.#bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** Opens a connection record and returns its position in words. The caller sets all words of `ConnectionLayout`. */
  beginConnection(): number {
    this.facts++;
    return this.#begin(RecordType.connection, ConnectionLayout.bytes);
  }

  /** Opens a lookup record with `addressCount` addresses and returns its position in words. */
  beginLookup(addressCount: number): number {
    this.facts++;
    return this.#begin(RecordType.lookup, LookupLayout.bytes + addressCount * ADDRESS_WORDS * 4);
  }

  /**
   * Returns the number of a text, and sends the text if the reader does not have it. Call it before opening the record
   * that refers to it. A good `hash` finds most texts without a map lookup.
   */
  text(text: string, hash = text.length): number {
    const place = hash & (RECENT_TEXTS - 1);
    const recent = this.#recent[place] as number;
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
    // The record in the making may refer to the previous text, so its number is not reused.
    const number = this.#nextNumber === this.#lastNumber ? numberAfter(this.#nextNumber) : this.#nextNumber;
    const isFull = this.#texts[number] !== undefined;
    this.#nextNumber = numberAfter(number);
    this.#drop(number);
    if (isFull) this.#oldestNumber = this.#nextNumber;
    while (this.#characters + text.length > MAX_TEXT_CHARACTERS && this.#oldestNumber !== number) this.#dropOldest();
    this.#lastNumber = number;
    this.#texts[number] = text;
    this.#characters += text.length;
    this.#numbers.set(text, number);
    this.#writeText(RecordType.text, number, text);
    return number;
  }

  #drop(number: number): boolean {
    const text = this.#texts[number];
    if (text === undefined) return false;
    this.#numbers.delete(text);
    this.#texts[number] = undefined;
    this.#characters -= text.length;
    return true;
  }

  /** Drops the oldest text, on the reader's side too. */
  #dropOldest(): void {
    const number = this.#oldestNumber;
    this.#oldestNumber = numberAfter(number);
    // The record in the making may refer to the previous text.
    if (number !== this.#lastNumber && this.#drop(number)) this.#writeText(RecordType.text, number, "");
  }

  /** Sends packet time, up to which all facts are sent. */
  time(micros: number): void {
    const at = this.#begin(RecordType.time, HEADER_BYTES + 8);
    this.doubles[(at >> 1) + 1] = micros;
  }

  /** Begins a new stream, for a reader that has no texts yet; unsent records of the former stream are dropped. */
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

  /** Writes UTF-8, and cuts off a text that is longer than the reader takes. */
  #writeText(type: number, id: number, text: string): void {
    const maxBytes = type === RecordType.text ? MAX_TEXT_LENGTH : MAX_JSON_BYTES;
    const room = Math.min(text.length * MAX_CHARACTER_BYTES, maxBytes);
    if (this.#used + TEXT_AT + room + HEADER_BYTES > this.#capacity) this.flush();
    const textAt = this.#used + TEXT_AT;
    const length = ENCODER.encodeInto(text, this.#bytes.subarray(textAt, textAt + room)).written;
    const at = this.#begin(type, TEXT_AT + Math.ceil(length / 8) * 8);
    this.words[at + 2] = id;
    this.words[at + 3] = length;
  }

  #begin(type: number, bytes: number): number {
    if (this.#used + bytes > this.#capacity) this.flush();
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
