/**
 * Escapes text from input for a terminal, a log, a page or a file. Everything that wirespan writes passes one of these
 * functions: `visibleText`, `xmlText` or `dotText` for people, `jsonText` for programs.
 */

/**
 * Characters that output must not contain: controls (terminals execute them, XML forbids most of them), line and paragraph
 * separators, marks that change the reading direction or have no width, and unpaired surrogates.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Text without any of them, as most is: this test takes a fraction of the time. */
const PRINTABLE_ASCII = /^[ -~]*$/;
const LINE_BREAKS = /\s*[\r\n\u2028\u2029]+\s*/g;

/** Text with each hidden character as `\u{hex}`. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same on one line: a line break, with the space around it, becomes one space. */
export function visibleLine(text: string): string {
  return visibleText(text.trim().replace(LINE_BREAKS, " "));
}

/** The same for XML and HTML, also inside quoted attributes. */
export function xmlText(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * The same as a quoted DOT string: quotes and backslashes are escaped, so that they neither end the string nor begin
 * an escape sequence of Graphviz (`\N`, `\G`); Graphviz reads only `<…>` outside quotes as HTML.
 * https://graphviz.org/doc/info/lang.html
 */
export function dotText(text: string): string {
  return `"${visibleText(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;")}"`;
}

/** The same in Markdown, also in a cell of a table: no character begins markup, HTML or the next cell. */
export function markdownText(text: string): string {
  return visibleText(text).replace(/[\\`*_~|<>&[\]]/g, "\\$&");
}

/** A value as JSON, with each hidden character as `\uXXXX`: safe for any terminal, and a parser returns the exact value. */
export function jsonText(value: unknown): string {
  // JSON.stringify escapes characters below U+0020 and unpaired surrogates.
  const json = JSON.stringify(value);
  return PRINTABLE_ASCII.test(json) ? json : json.replace(HIDDEN, escapeUnits);
}

/** The same, indented for people. */
export function indentedJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[^\n]+/g, (line) => line.replace(HIDDEN, escapeUnits));
}

/** At most `max` characters, shortened in the middle, because names differ at both ends. */
export function shortened(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.ceil((max - 1) * 0.6);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (max - 1 - head)).join("")}`;
}

/** Whether a text has hidden characters. */
export function hasHidden(text: string): boolean {
  return text.search(HIDDEN) >= 0;
}

/** Hidden characters as the escapes of a double-quoted text of YAML: `\uXXXX`, beyond U+FFFF `\UXXXXXXXX`. */
export function escapedHidden(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
  });
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
