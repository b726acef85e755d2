// EDGE: reads files and standard input.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ConfigError } from "../../model/errors.ts";
import { FORMAT_HEAD_BYTES, foreignFormatFault, wideEncodingOf } from "../../text/foreign-format.ts";

const STANDARD_INPUT = "-";
/** A cluster of 10,000 pods takes about 150 MB. Bounds /dev/zero, and gzip files that inflate without end. */
const MAX_BYTES = 256 * 1024 * 1024;
const BLOCK_BYTES = 1 << 20;

/**
 * Reads a text file in UTF-8 or UTF-16, gzip-compressed or not. `-` is standard input.
 * `what` names the kind of file in messages; `shorten` is the fix for a file that is too large. Throws ConfigError.
 */
export function readInputText(path: string, what: string, shorten: string): string {
  const tooLong = `is larger than ${MAX_BYTES >> 20} MB; ${shorten}`;
  const bytes = inflated(readBytes(path, what, tooLong), path, what, tooLong);
  return decoderFor(bytes, path, what).decode(bytes);
}

/** The decoder for a file that begins with these bytes. It drops a byte order mark. Throws ConfigError. */
export function decoderFor(head: Uint8Array, path: string, what: string): TextDecoder {
  const foreign = foreignFormatFault(head.subarray(0, FORMAT_HEAD_BYTES), path);
  if (foreign !== null) throw new ConfigError(`${what} ${path} ${foreign}`);
  const wide = wideEncodingOf(head);
  if (wide === null) return new TextDecoder();
  if (wide.label !== null) return new TextDecoder(wide.label);
  throw new ConfigError(
    `${what} ${path} is ${wide.name}; write it as UTF-8, in PowerShell with | Out-File -Encoding utf8`,
  );
}

/** The error for a file that cannot be opened or read. */
export function readError(path: string, what: string, error: unknown): ConfigError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reason = REASONS[code] ?? `cannot be read (${code}); check the path`;
  return new ConfigError(`${what} ${path} ${reason}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; check the path",
  EACCES: "is not readable for this user; check its permissions",
  EISDIR: "is a directory; pass a file in it",
  ESPIPE: "is a pipe, which cannot be followed; pass a file",
  EMFILE: "cannot be opened because this process has too many open files; raise the limit with ulimit -n",
  ENFILE: "cannot be opened because this machine has too many open files; stop processes that keep them open",
};

function readBytes(path: string, what: string, tooLong: string): Uint8Array {
  let descriptor = 0;
  try {
    if (path !== STANDARD_INPUT) descriptor = openSync(path, "r");
    const bytes = readAll(descriptor);
    if (bytes !== null) return bytes;
  } catch (error) {
    throw readError(path, what, error);
  } finally {
    if (descriptor !== 0) closeSync(descriptor);
  }
  throw new ConfigError(`${what} ${path} ${tooLong}`);
}

/** Null if the file exceeds the limit. */
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

/** Reads until the block is full or the file ends. Returns the number of bytes. */
function readBlock(descriptor: number, block: Uint8Array): number {
  let length = 0;
  while (length < block.length) {
    const count = readSync(descriptor, block, length, block.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return length;
}

/** Inflates gzip; zlib checks length and checksum. */
function inflated(bytes: Uint8Array, path: string, what: string, tooLong: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ERR_BUFFER_TOO_LARGE: tooLong,
      Z_BUF_ERROR: "is a truncated gzip file; copy it again",
    };
    const reason = reasons[code ?? ""] ?? `is a damaged gzip file (${message}); create it again`;
    throw new ConfigError(`${what} ${path} ${reason}`, { cause: error });
  }
}
