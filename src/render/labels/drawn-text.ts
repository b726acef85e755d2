import { visibleText } from "../../text/visible-text.ts";

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
