/**
 * Characters that no output may carry as they are: controls (terminals obey them, XML forbids most of them), line and
 * paragraph separators, marks that turn the reading direction or have no width, and halves of surrogate pairs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A name from the wire or from an annotation as text that shows all it holds: what would be invisible, or act on a
 * terminal or an XML reader, becomes `\u{hex}`.
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** At most `max` characters, the middle cut out: names differ at both ends. */
export function shortened(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.ceil((max - 1) * 0.6);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (max - 1 - head)).join("")}`;
}

/** Text for XML and HTML, also inside quoted attributes. */
export function xmlText(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
