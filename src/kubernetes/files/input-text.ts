// EDGE: reads files and standard input.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ConfigError } from "../../model/errors.ts";
import { FOREIGN_HEAD_BYTES, foreignFileFault, wideEncodingOf } from "../../text/foreign-file.ts";

const STANDARD_INPUT = "-";
/** More is no file of a cluster, whose 10,000 pods take some 150 MB; `/dev/zero` and a kilobyte of gzip know no end. */
const MAX_BYTES = 256 * 1024 * 1024;
const BLOCK_BYTES = 1 << 20;

/**
 * A whole text file: UTF-8 or UTF-16, gzip-compressed or not; `-` is standard input.
 * `what` names the file in sentences, `shorten` says what to do with one that is too long. Throws ConfigError.
 */
export function readInputText(path: string, what: string, shorten: string): string {
  const tooLong = `holds more than ${MAX_BYTES >> 20} MB; ${shorten}`;
  const bytes = inflated(readBytes(path, what, tooLong), path, what, tooLong);
  return decoderFor(bytes, path, what).decode(bytes);
}

/** What makes text of a file that begins with these bytes; a byte order mark is left out. Throws ConfigError. */
export function decoderFor(head: Uint8Array, path: string, what: string): TextDecoder {
  const foreign = foreignFileFault(head.subarray(0, FOREIGN_HEAD_BYTES), path);
  if (foreign !== null) throw new ConfigError(`${what} ${path} ${foreign}`);
  const wide = wideEncodingOf(head);
  if (wide === null) return new TextDecoder();
  if (wide.label !== null) return new TextDecoder(wide.label);
  throw new ConfigError(
    `${what} ${path} is ${wide.name}; write it as UTF-8, in PowerShell with | Out-File -Encoding utf8`,
  );
}

/** Why a file cannot be opened or read. */
export function unreadable(path: string, what: string, error: unknown): ConfigError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reason = REASONS[code] ?? `cannot be read (${code}); check the path`;
  return new ConfigError(`${what} ${path} ${reason}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; check the path",
  EACCES: "may not be read by this user; check the path",
  ESPIPE: "cannot be followed, for it is a pipe; give a file",
  EMFILE: "cannot be opened, since this process has too many open files; allow more with ulimit -n",
  ENFILE: "cannot be opened, since this machine has too many open files; end what holds them",
};

function readBytes(path: string, what: string, tooLong: string): Uint8Array {
  let descriptor = 0;
  try {
    if (path !== STANDARD_INPUT) descriptor = openSync(path, "r");
    const bytes = readAll(descriptor);
    if (bytes !== null) return bytes;
  } catch (error) {
    throw unreadable(path, what, error);
  } finally {
    if (descriptor !== 0) closeSync(descriptor);
  }
  throw new ConfigError(`${what} ${path} ${tooLong}`);
}

/** Null where there is more than may be. */
function readAll(descriptor: number): Uint8Array | null {
  const { size } = fstatSync(descriptor);
  if (size > MAX_BYTES) return null;
  const blocks: Uint8Array[] = [];
  for (let length = 0; length <= MAX_BYTES; ) {
    const block = Buffer.alloc(BLOCK_BYTES);
    const count = readBlock(descriptor, block);
    length += count;
    blocks.push(block.subarray(0, count));
    if (count < BLOCK_BYTES) return length > MAX_BYTES ? null : Buffer.concat(blocks, length);
  }
  return null;
}

/** Fills the block as far as there is something; answers how far. */
function readBlock(descriptor: number, block: Uint8Array): number {
  let length = 0;
  while (length < block.length) {
    const count = readSync(descriptor, block, length, block.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return length;
}

/** Through zlib, which checks length and checksum; a capture comes in steps, for which it has no synchronous way. */
function inflated(bytes: Uint8Array, path: string, what: string, tooLong: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const isTooLong = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const reason = isTooLong ? tooLong : `is a damaged gzip file (${(error as Error).message}); make it again`;
    throw new ConfigError(`${what} ${path} ${reason}`, { cause: error });
  }
}
