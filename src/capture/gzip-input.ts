import { createRequire } from "node:module";
import { crc32 } from "node:zlib";
import type * as Fflate from "fflate";
import { CaptureError } from "../model/errors.ts";
import type { ReadBytes } from "./byte-window.ts";

/** Small: the output of a step is held in memory, and a kilobyte of input can expand to a megabyte. */
const STEP_BYTES = 16 << 10;
/** CRC-32 and ISIZE at the end of each member (RFC 1952 §2.3.1). */
const TRAILER_BYTES = 8;
/** ID1, ID2 and CM, with which each member begins (RFC 1952 §2.3.1). */
const MEMBER_MAGIC: readonly number[] = [0x1f, 0x8b, 8];
/** The decoder checks a member's header when it has so many bytes of it. */
const CHECKED_BYTES = 4;
const INVALID_HEADER: Fflate.FlateError["code"] = 6;

export interface GzipInput {
  /** As `ReadBytes`. */
  read(into: Uint8Array, at: number, length: number): number;
  /** Whether the stream ended inside a member; all data before that was returned. */
  isTruncated(): boolean;
}

/** Decompresses `compressed` step by step, and verifies the trailer of each member (RFC 1952). */
export function gzipInput(compressed: ReadBytes, path: string): GzipInput {
  return new GzipReader(compressed, path);
}

class GzipReader implements GzipInput {
  readonly #compressed: ReadBytes;
  readonly #path: string;
  readonly #gunzip: Fflate.Gunzip;
  readonly #member = new MemberCheck();
  readonly #buffer = new Uint8Array(STEP_BYTES);
  readonly #output: Uint8Array[] = [];
  #isAtEnd = false;
  #isTruncated = false;
  /** Zeros after the last member, as tapes and block devices add them. */
  #isPadding = false;
  #failure: CaptureError | null = null;

  constructor(compressed: ReadBytes, path: string) {
    this.#compressed = compressed;
    this.#path = path;
    // Loaded on demand: most captures are not compressed.
    const { Gunzip }: typeof Fflate = createRequire(import.meta.url)("fflate");
    this.#gunzip = new Gunzip((chunk) => {
      if (chunk.length === 0 || this.#isAtEnd) return;
      this.#member.addOutput(chunk);
      this.#output.push(chunk);
    });
    // By now the output of the previous member is complete.
    this.#gunzip.onmember = (offset) => {
      if (!this.#member.endsBefore(offset)) this.#failTrailer();
    };
  }

  read(into: Uint8Array, at: number, length: number): number {
    while (this.#output.length === 0 && !this.#isAtEnd && this.#failure === null) this.#step();
    const chunk = this.#output[0];
    if (chunk === undefined) {
      if (this.#failure !== null) throw this.#failure;
      return 0;
    }
    const count = Math.min(length, chunk.length);
    into.set(chunk.subarray(0, count), at);
    if (count === chunk.length) this.#output.shift();
    else this.#output[0] = chunk.subarray(count);
    return count;
  }

  isTruncated(): boolean {
    return this.#isTruncated;
  }

  #step(): void {
    const count = this.#compressed(this.#buffer, 0, STEP_BYTES);
    if (count === 0) {
      this.#finish();
      return;
    }
    // A copy, because the decoder keeps input that it cannot use yet.
    const chunk = this.#buffer.slice(0, count);
    if (this.#isPadding) {
      if (chunk.some((byte) => byte !== 0)) this.#fail("data after the last member");
      return;
    }
    try {
      this.#member.addInput(chunk);
      this.#gunzip.push(chunk, false);
    } catch (error) {
      this.#isPadding = this.#member.isComplete();
      if (!this.#isPadding) this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #finish(): void {
    this.#isAtEnd = true;
    if (this.#isPadding || this.#member.isComplete()) return;
    if (this.#isBehindTrailer()) this.#failTrailer();
    else this.#isTruncated = true;
  }

  /**
   * Whether the input ends after a whole trailer. The decoder does not report where a member ends, but only after a trailer
   * it reads the next bytes as a header: anywhere else these bytes are compressed data or complete a trailer.
   */
  #isBehindTrailer(): boolean {
    const next = new Uint8Array(CHECKED_BYTES);
    // A header that begins at the end of the input is truncated and not invalid.
    const begun = this.#member.begunMagicBytes();
    if (begun > 0) next.set(MEMBER_MAGIC.slice(begun));
    try {
      this.#gunzip.push(next, false);
      return false;
    } catch (error) {
      return (error as Fflate.FlateError).code === INVALID_HEADER;
    }
  }

  #failTrailer(): void {
    this.#fail("its checksum or length is wrong");
  }

  #fail(reason: string): void {
    this.#failure ??= new CaptureError(
      `${this.#path} is a damaged gzip file (${reason}); packets before the damage are read; copy the file again for the rest`,
    );
  }
}

/** Compares the output of a member with its trailer. */
class MemberCheck {
  #checksum = 0;
  #length = 0;
  /** The end of the input. A trailer lies within it, unless the header of the next member is longer than a step. */
  #tail: Uint8Array = new Uint8Array(0);
  #inputBytes = 0;

  addInput(chunk: Uint8Array): void {
    this.#tail = Buffer.concat([this.#tail.subarray(-(STEP_BYTES + TRAILER_BYTES)), chunk]);
    this.#inputBytes += chunk.length;
  }

  addOutput(chunk: Uint8Array): void {
    this.#checksum = crc32(chunk, this.#checksum);
    this.#length = (this.#length + chunk.length) >>> 0;
  }

  /** Whether the member's trailer ends `offset` bytes from the start of the input, where the next member begins. */
  endsBefore(offset: number): boolean {
    const isComplete = this.#endsAt(this.#tail.length - (this.#inputBytes - offset));
    this.#checksum = 0;
    this.#length = 0;
    return isComplete;
  }

  /** Whether the input ends with the member's trailer, or with zeros after it. */
  isComplete(): boolean {
    let end = this.#tail.length;
    while (!this.#endsAt(end)) if (end === 0 || this.#tail[--end] !== 0) return false;
    return true;
  }

  /** How many bytes at the end of the input may begin another member. */
  begunMagicBytes(): number {
    for (let count = MEMBER_MAGIC.length; count > 0; count--) {
      const end = this.#tail.subarray(-count);
      if (end.length === count && end.every((byte, i) => byte === MEMBER_MAGIC[i])) return count;
    }
    return 0;
  }

  #endsAt(end: number): boolean {
    const at = end - TRAILER_BYTES;
    if (at < 0) return false;
    const { buffer, byteOffset } = this.#tail;
    const trailer = new DataView(buffer, byteOffset + at, TRAILER_BYTES);
    return trailer.getUint32(0, true) === this.#checksum && trailer.getUint32(4, true) === this.#length;
  }
}
