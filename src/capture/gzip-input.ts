import { createRequire } from "node:module";
import type * as Fflate from "fflate";
import { CaptureError } from "../model/errors.ts";
import type { ReadBytes } from "./byte-window.ts";

/** Small: what a step inflates waits in memory, and a kilobyte can hold a megabyte of zeros. */
const STEP_BYTES = 16 << 10;

export interface GzipInput {
  /** Throws `CaptureError` where the stream is damaged. */
  readonly read: ReadBytes;
  /** The stream ended inside: what it held was given. */
  isCut(): boolean;
}

/** Inflates what `compressed` gives, a step at a time (RFC 1952, several members too). Checksums are not checked. */
export function gzipInput(compressed: ReadBytes, path: string): GzipInput {
  const buffer = new Uint8Array(STEP_BYTES);
  const inflated: Uint8Array[] = [];
  let isAtEnd = false;
  let isCut = false;
  let failure: CaptureError | null = null;
  // Loaded here, where it is used: most captures are not compressed.
  const { Gunzip }: typeof Fflate = createRequire(import.meta.url)("fflate");
  const gunzip = new Gunzip((chunk) => {
    if (chunk.length > 0) inflated.push(chunk);
  });
  const finish = (): void => {
    isAtEnd = true;
    try {
      gunzip.push(new Uint8Array(0), true);
    } catch {
      isCut = true;
    }
  };
  const step = (): void => {
    const count = compressed(buffer, 0, STEP_BYTES);
    if (count === 0) {
      finish();
      return;
    }
    try {
      // A copy: the inflater keeps what it could not use yet.
      gunzip.push(buffer.slice(0, count), false);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failure = new CaptureError(
        `${path} is a damaged gzip file (${reason}); what stands before can be used, copy it again`,
      );
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
