/** Output of other programs among the bytes of a capture. */
import { excerpt } from "../model/foreign-file.ts";

const BELL = 7;
const CARRIAGE_RETURN = 13;
const ESCAPE = 27;
const DELETE = 0x7f;
const MAX_CHARACTERS = 200;
const MIN_CHARACTERS = 4;

/** What stands where a record should begin, in a few words; null where it is no text. */
export function strayText(bytes: Uint8Array, start: number, end: number): string | null {
  const stray = bytes.subarray(start, Math.min(end, start + MAX_CHARACTERS));
  if (!isText(stray)) return null;
  const text = Buffer.from(stray).toString("utf8").trim();
  return text.length < MIN_CHARACTERS ? null : `text of another program (${excerpt(text)})`;
}

/** Without control characters but those of lines, tabs and colours, and with few bytes beyond ASCII. */
export function isText(bytes: Uint8Array): boolean {
  let beyondAscii = 0;
  for (const byte of bytes) {
    if ((byte < 0x20 && (byte < BELL || byte > CARRIAGE_RETURN) && byte !== ESCAPE) || byte === DELETE) return false;
    if (byte > DELETE) beyondAscii++;
  }
  return bytes.length > 0 && beyondAscii * 4 <= bytes.length;
}
