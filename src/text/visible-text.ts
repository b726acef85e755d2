/**
 * Text from outside on its way to a terminal, a log, a page or a file. Everything that wirespan writes goes through
 * one of the functions here: `visibleText` where people read it, `jsonText` where programs do.
 */

/**
 * Characters that no output may carry as they are: controls (terminals obey them, XML forbids most of them), line and
 * paragraph separators, marks that turn the reading direction or have no width, and halves of surrogate pairs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const LINE_BREAKS = /\s*[\r\n\u2028\u2029]+\s*/g;

/** Text that shows all it holds: what would be invisible, or act on a terminal or an XML reader, becomes `\u{hex}`. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same on one line: line breaks, with the space around them, become one space. */
export function visibleLine(text: string): string {
  return visibleText(text.trim().replace(LINE_BREAKS, " "));
}

/**
 * A value as JSON whose text can be shown on any terminal: the same characters are escaped as `\uXXXX`, so that a
 * reader gets the exact value back.
 */
export function jsonText(value: unknown): string {
  // JSON itself escapes what lies below U+0020, and halves of surrogate pairs.
  return JSON.stringify(value).replace(HIDDEN, escapeUnits);
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
