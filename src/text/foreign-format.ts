/** Recognizes files of other formats by their first bytes, and says how to convert them. */

/** Bytes that the detection needs; the magic of tar is at byte 257. */
export const FORMAT_HEAD_BYTES = 512;

interface Magic {
  readonly bytes: readonly number[];
  readonly at?: number;
  /** Completes "is …". */
  readonly what: string;
  /** An imperative, to be followed by the path. */
  readonly command: string;
}

const ascii = (text: string): readonly number[] => [...text].map((character) => character.charCodeAt(0));

const FOREIGN_FORMATS: readonly Magic[] = [
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "compressed with zstd", command: "undo it with zstd -d" },
  { bytes: [0xfd, ...ascii("7zXZ"), 0], what: "compressed with xz", command: "undo it with xz -dk" },
  { bytes: ascii("BZh"), what: "compressed with bzip2", command: "undo it with bzip2 -dk" },
  { bytes: [0x04, 0x22, 0x4d, 0x18], what: "compressed with lz4", command: "undo it with lz4 -d" },
  { bytes: ascii("LZIP"), what: "compressed with lzip", command: "undo it with lzip -dk" },
  { bytes: [0x1f, 0x9d], what: "compressed with compress", command: "undo it with uncompress" },
  { bytes: [0x1f, 0x8b], what: "compressed with gzip", command: "undo it with gzip -dk" },
  { bytes: ascii("PK\u0003\u0004"), what: "a zip archive", command: "unpack it with unzip" },
  { bytes: ascii("PK\u0005\u0006"), what: "an empty zip archive", command: "list its contents with unzip -l" },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], what: "a 7z archive", command: "unpack it with 7z x" },
  { bytes: [...ascii("Rar!"), 0x1a, 7], what: "a rar archive", command: "unpack it with unrar x" },
  { bytes: ascii("ustar"), at: 257, what: "a tar archive", command: "unpack it with tar -xf" },
];

/** `is compressed with zstd; undo it with zstd -d FILE`; null for other files. */
export function foreignFormatFault(head: Uint8Array, path: string): string | null {
  const magic = FOREIGN_FORMATS.find(({ bytes, at = 0 }) => bytes.every((byte, i) => head[at + i] === byte));
  return magic === undefined ? null : `is ${magic.what}; ${magic.command} ${path}`;
}

/** A text encoding of Windows other than UTF-8. `label` is that of `TextDecoder`; null where it has none. */
interface WideEncoding {
  readonly name: string;
  readonly label: string | null;
}

const UTF16LE: WideEncoding = { name: "UTF-16", label: "utf-16le" };
const UTF16BE: WideEncoding = { name: "UTF-16", label: "utf-16be" };
const UTF32: WideEncoding = { name: "UTF-32", label: null };

/**
 * Detects UTF-16 and UTF-32 by their byte order mark, or by the zero bytes of a first ASCII character, as in JSON (RFC 4627
 * §3). Null for other encodings.
 */
export function wideEncodingOf(head: Uint8Array): WideEncoding | null {
  const [a, b, c, d] = head;
  if (a === undefined || b === undefined) return null;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? UTF32 : UTF16LE;
  if (a === 0xfe && b === 0xff) return UTF16BE;
  if (a === 0 && b === 0) return (c === 0xfe && d === 0xff) || (c === 0 && isAscii(d)) ? UTF32 : null;
  if (isAscii(a) && b === 0) return c === 0 && d === 0 ? UTF32 : UTF16LE;
  return a === 0 && isAscii(b) ? UTF16BE : null;
}

function isAscii(byte: number | undefined): boolean {
  return byte !== undefined && (byte === 9 || byte === 10 || byte === 13 || (byte >= 0x20 && byte < 0x7f));
}

const MAX_EXCERPT = 60;

/** The first line of a text, shortened, in quotes, with only printable ASCII. */
export function excerpt(text: string): string {
  const [line = ""] = text.trimStart().split(/[\r\n]/, 1);
  const printable = line.replaceAll(/[^ -~]/g, "?");
  return JSON.stringify(printable.length > MAX_EXCERPT ? `${printable.slice(0, MAX_EXCERPT)}…` : printable);
}
