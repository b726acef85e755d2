import { equalBytes } from "../../bounded/bytes.ts";
import { hashBytes } from "../../bounded/hash.ts";
import { plainNameText } from "./dns-name.ts";

/** A name has at most 255 bytes, the root's included (RFC 1035 §2.3.4). */
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const POINTER = 0xc0;

/** Names of one message: several times those of the longest chain that is kept. */
export const MAX_NAMES = 128;
/**
 * Bytes of names that are read for one message: enough for an uncompressed owner name for each address that is kept, and
 * the chain. Without this bound, pointers to names of 255 bytes take milliseconds per message.
 */
const MAX_BYTES_READ = 16_384;

/** Offsets that a pointer can reach (RFC 1035 §4.1.4). */
const POINTER_REACH = 0x4000;
const MAX_STAMP = 2 ** 23;

export const MALFORMED = -1;
export const TOO_MUCH = -2;

/**
 * Numbers the names of one message. Equal names, regardless of the case of ASCII letters (RFC 4343), have the same number.
 * The work for one message is bounded by the bytes that are read and compared. A name is read once for all pointers to it.
 */
export class NameTable {
  /** Names in lower case, uncompressed, in slots of `MAX_NAME_BYTES`. */
  readonly #bytes = new Uint8Array((MAX_NAMES + 1) * MAX_NAME_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #lengths = new Int32Array(MAX_NAMES);
  readonly #hashes = new Int32Array(MAX_NAMES);
  /** Number of the name at an offset, below the stamp of the message that has it. */
  readonly #known = new Int32Array(POINTER_REACH);
  #stamp = 0;
  #count = 0;
  #bytesLeft = 0;

  /** Begins a new message. */
  clear(): void {
    this.#count = 0;
    this.#bytesLeft = MAX_BYTES_READ;
    this.#stamp++;
    if (this.#stamp < MAX_STAMP) return;
    this.#stamp = 1;
    this.#known.fill(0);
  }

  /**
   * Number of the name at `at`, of the message that begins at `start`. `MALFORMED` if it is invalid, loops, points forward or
   * exceeds `end`; `TOO_MUCH` if the message has more names, or more bytes of names, than are read.
   */
  read(view: DataView, start: number, at: number, end: number): number {
    let offset = at - start;
    if (at + 1 < end && view.getUint8(at) >= POINTER) {
      const target = view.getUint16(at) & (POINTER_REACH - 1);
      if (target >= offset) return MALFORMED;
      offset = target;
    }
    const known = offset < POINTER_REACH ? (this.#known[offset] ?? 0) : 0;
    if (known >>> 8 === this.#stamp) return known & 0xff;
    const length = this.#expand(view, start, start + offset, end);
    if (length < 0) return length;
    const number = this.#numberOf(length);
    if (number >= 0 && offset < POINTER_REACH) this.#known[offset] = (this.#stamp << 8) | number;
    return number;
  }

  /** A name's text in lower case; see `plainNameText`. */
  text(number: number): string {
    return plainNameText(this.#view, number * MAX_NAME_BYTES);
  }

  /** Writes the uncompressed name to the slot after the last one; returns its length. */
  #expand(view: DataView, start: number, from: number, end: number): number {
    const slot = this.#count * MAX_NAME_BYTES;
    let at = from;
    /** Pointers must point backwards (RFC 1035 §4.1.4), so a loop is impossible. */
    let limit = from;
    let length = 0;
    for (;;) {
      if (at >= end) return MALFORMED;
      const head = view.getUint8(at);
      if (head >= POINTER) {
        if (at + 1 >= end) return MALFORMED;
        const target = start + (view.getUint16(at) & (POINTER_REACH - 1));
        if (target >= limit) return MALFORMED;
        at = target;
        limit = target;
        if (--this.#bytesLeft < 0) return TOO_MUCH;
        continue;
      }
      if (head > MAX_LABEL_BYTES || at + head >= end || length + head + 1 > MAX_NAME_BYTES) return MALFORMED;
      this.#bytesLeft -= head + 1;
      if (this.#bytesLeft < 0) return TOO_MUCH;
      for (let i = 0; i <= head; i++) this.#bytes[slot + length + i] = lowerCase(view.getUint8(at + i));
      length += head + 1;
      if (head === 0) return length;
      at += head + 1;
    }
  }

  /** Number of the name in the slot after the last one; a new number if no name is equal. */
  #numberOf(length: number): number {
    const slot = this.#count * MAX_NAME_BYTES;
    const hash = hashBytes(this.#view, slot, slot + length);
    for (let number = 0; number < this.#count; number++) {
      if (this.#hashes[number] !== hash || this.#lengths[number] !== length) continue;
      this.#bytesLeft -= length;
      if (this.#bytesLeft < 0) return TOO_MUCH;
      if (equalBytes(this.#view, number * MAX_NAME_BYTES, this.#view, slot, length)) return number;
    }
    if (this.#count === MAX_NAMES) return TOO_MUCH;
    this.#hashes[this.#count] = hash;
    this.#lengths[this.#count] = length;
    return this.#count++;
  }
}

/** ASCII only (RFC 4343). Lengths of labels are smaller than letters. */
function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
