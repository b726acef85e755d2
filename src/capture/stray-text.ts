/** Detects the output of other programs in a capture. */
import { excerpt } from "../text/foreign-format.ts";

const BELL = 7;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const ESCAPE = 27;
const DELETE = 0x7f;
const MAX_CHARACTERS = 200;
const MIN_CHARACTERS = 4;

/** Describes text where a record should begin; null where the bytes are not text. */
export function strayText(bytes: Uint8Array, start: number, end: number): string | null {
  const stray = bytes.subarray(start, Math.min(end, start + MAX_CHARACTERS));
  if (!isText(stray)) return null;
  const text = Buffer.from(stray).toString("utf8").trim();
  return text.length < MIN_CHARACTERS ? null : `text of another program (${excerpt(text)})`;
}

/** Whether bytes have no control characters but those of lines, tabs and colors, and few bytes beyond ASCII. */
export function isText(bytes: Uint8Array): boolean {
  let beyondAscii = 0;
  for (const byte of bytes) {
    if ((byte < 0x20 && (byte < BELL || byte > CARRIAGE_RETURN) && byte !== ESCAPE) || byte === DELETE) return false;
    if (byte > DELETE) beyondAscii++;
  }
  return bytes.length > 0 && beyondAscii * 4 <= bytes.length;
}

/** So many line feeds with a carriage return do not occur by chance. */
const MIN_LINE_FEEDS = 8;

/** Describes a capture in which a carriage return precedes every line feed; null where one is missing, or there are few. */
export function changedLineEndings(bytes: Uint8Array): string | null {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at - 1] !== CARRIAGE_RETURN) return null;
    count++;
  }
  return count < MIN_LINE_FEEDS ? null : "line endings that a terminal changed, as kubectl exec -t does";
}
