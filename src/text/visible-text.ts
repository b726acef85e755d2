/**
 * Escapes text from outside for a terminal, a log, a page or a file. Everything that wirespan writes passes one of
 * these functions: `visibleText`, `xmlText` or `dotText` where people read it, `jsonText` where programs do.
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

/** The same for XML and HTML, also inside quoted attributes. */
export function xmlText(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * The same as a quoted DOT string: quotes and backslashes are escaped, so that they neither end the string nor begin
 * one of Graphviz's escapes (`\N`, `\G`); only `<…>` outside quotes is read as HTML.
 * https://graphviz.org/doc/info/lang.html
 */
export function dotText(text: string): string {
  return `"${visibleText(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;")}"`;
}

/**
 * A value as JSON whose text can be shown on any terminal: the same characters are escaped as `\uXXXX`, so that a
 * reader gets the exact value back.
 */
export function jsonText(value: unknown): string {
  // JSON itself escapes what lies below U+0020, and halves of surrogate pairs.
  return JSON.stringify(value).replace(HIDDEN, escapeUnits);
}

/** At most `max` characters, the middle cut out: names differ at both ends. */
export function shortened(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.ceil((max - 1) * 0.6);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (max - 1 - head)).join("")}`;
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
