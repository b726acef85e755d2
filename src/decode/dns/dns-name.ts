/**
 * Names as text. Bytes outside printable ASCII, spaces, backslashes, and dots inside a label are escaped as `\DDD` (RFC 1035
 * §5.1); all others are as on the wire.
 */

/** A name has at most 255 bytes (RFC 1035 §2.3.4). */
export const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;

const DOT = 0x2e;
const BACKSLASH = 0x5c;

/** Offset after an uncompressed name; -1 if it is invalid, `end` + 1 or more if it exceeds `end`. */
export function skipPlainName(view: DataView, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length > MAX_LABEL_BYTES) return -1;
    at += length + 1;
    if (at - start >= MAX_NAME_BYTES) return -1;
  }
  return end + 1;
}

/** The same for a name that may end with a compression pointer (RFC 1035 §4.1.4), which is not followed. */
export function skipName(view: DataView, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > MAX_LABEL_BYTES) return -1;
    at += length + 1;
    if (at - start >= MAX_NAME_BYTES) return -1;
  }
  return end + 1;
}

/** Fits the text of a name without escapes. */
const plainText = Buffer.alloc(MAX_NAME_BYTES + MAX_LABEL_BYTES);

/** Text of an uncompressed name that `skipPlainName` accepted, without the trailing dot; the root is "". */
export function plainNameText(view: DataView, start: number): string {
  let at = start;
  let end = 0;
  for (let length = view.getUint8(at); length > 0; length = view.getUint8(at)) {
    if (end > 0) plainText[end++] = DOT;
    for (let i = at + 1; i <= at + length; i++) {
      const byte = view.getUint8(i);
      if (!isPlain(byte)) return escapedNameText(view, start);
      plainText[end++] = byte;
    }
    at += length + 1;
  }
  return plainText.toString("latin1", 0, end);
}

function escapedNameText(view: DataView, start: number): string {
  let text = "";
  let at = start;
  for (let length = view.getUint8(at); length > 0; length = view.getUint8(at)) {
    if (at > start) text += ".";
    for (let i = at + 1; i <= at + length; i++) text += characterText(view.getUint8(i));
    at += length + 1;
  }
  return text;
}

function isPlain(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== BACKSLASH && byte !== DOT;
}

function characterText(byte: number): string {
  return isPlain(byte) ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`;
}
