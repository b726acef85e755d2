import { createRequire } from "node:module";
import { crc32 } from "node:zlib";
import type * as Fflate from "fflate";
import { CaptureError } from "../model/errors.ts";
import type { ReadBytes } from "./byte-window.ts";

/** Small: what a step inflates waits in memory, and a kilobyte can hold a megabyte of zeros. */
const STEP_BYTES = 16 << 10;
/** Behind each member: checksum and length of what it held (RFC 1952 §2.3.1). */
const TRAILER_BYTES = 8;

export interface GzipInput {
  /** Throws `CaptureError` where the stream is damaged. */
  readonly read: ReadBytes;
  /** The stream ended inside: what it held was given. */
  isCut(): boolean;
}

/** Inflates what `compressed` gives, a step at a time, and checks it as gzip does (RFC 1952, several members too). */
export function gzipInput(compressed: ReadBytes, path: string): GzipInput {
  const buffer = new Uint8Array(STEP_BYTES);
  const inflated: Uint8Array[] = [];
  const member = new MemberCheck();
  let isAtEnd = false;
  let isCut = false;
  /** Only zeros may follow, as tapes and block devices leave them. */
  let isPadding = false;
  let failure: CaptureError | null = null;
  const fail = (reason: string): void => {
    failure ??= new CaptureError(
      `${path} is a damaged gzip file (${reason}); what stands before can be used, copy it again`,
    );
  };
  const WRONG = "its checksum or length is wrong";
  // Loaded here, where it is used: most captures are not compressed.
  const { Gunzip }: typeof Fflate = createRequire(import.meta.url)("fflate");
  const gunzip = new Gunzip((chunk) => {
    if (chunk.length === 0) return;
    member.inflated(chunk);
    inflated.push(chunk);
  });
  // All that the member before held was given by then.
  gunzip.onmember = (offset) => {
    if (!member.endsBefore(offset)) fail(WRONG);
  };
  const finish = (): void => {
    isAtEnd = true;
    if (isPadding) return;
    try {
      gunzip.push(new Uint8Array(0), true);
    } catch {
      isCut = true;
      return;
    }
    if (!member.isLast()) fail(WRONG);
  };
  const step = (): void => {
    const count = compressed(buffer, 0, STEP_BYTES);
    if (count === 0) {
      finish();
      return;
    }
    // A copy: the inflater keeps what it could not use yet.
    const chunk = buffer.slice(0, count);
    if (isPadding) {
      if (chunk.some((byte) => byte !== 0)) fail("it has data behind its end");
      return;
    }
    try {
      member.compressed(chunk);
      gunzip.push(chunk, false);
    } catch (error) {
      isPadding = member.isLast();
      if (!isPadding) fail(error instanceof Error ? error.message : String(error));
    }
  };
  return {
    read(into, at, length) {
      while (inflated.length === 0 && !isAtEnd && failure === null) step();
      const chunk = inflated[0];
      if (chunk === undefined) {
        if (failure !== null) throw failure;
        return 0;
      }
      const count = Math.min(length, chunk.length);
      into.set(chunk.subarray(0, count), at);
      if (count === chunk.length) inflated.shift();
      else inflated[0] = chunk.subarray(count);
      return count;
    },
    isCut: () => isCut,
  };
}

/** Compares what a member held with the trailer behind it. */
class MemberCheck {
  #checksum = 0;
  #length = 0;
  /** The last compressed bytes; no trailer stands further back, unless the next member's header is longer than a step. */
  #tail: Uint8Array = new Uint8Array(0);
  #read = 0;

  compressed(chunk: Uint8Array): void {
    this.#tail = Buffer.concat([this.#tail.subarray(-(STEP_BYTES + TRAILER_BYTES)), chunk]);
    this.#read += chunk.length;
  }

  inflated(chunk: Uint8Array): void {
    this.#checksum = crc32(chunk, this.#checksum);
    this.#length = (this.#length + chunk.length) >>> 0;
  }

  /** Whether the member was whole; the next one begins `offset` bytes from the start. */
  endsBefore(offset: number): boolean {
    const isWhole = this.#endsAt(this.#tail.length - (this.#read - offset));
    this.#checksum = 0;
    this.#length = 0;
    return isWhole;
  }

  /** Whether the member was whole and nothing but zeros has come since. */
  isLast(): boolean {
    let end = this.#tail.length;
    while (!this.#endsAt(end)) if (end === 0 || this.#tail[--end] !== 0) return false;
    return true;
  }

  #endsAt(end: number): boolean {
    const at = end - TRAILER_BYTES;
    if (at < 0) return false;
    const { buffer, byteOffset } = this.#tail;
    const trailer = new DataView(buffer, byteOffset + at, TRAILER_BYTES);
    return trailer.getUint32(0, true) === this.#checksum && trailer.getUint32(4, true) === this.#length;
  }
}
