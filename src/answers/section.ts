import { visibleText } from "../text/visible-text.ts";

/** An answer for a person: names cannot add lines or control a terminal. */
export function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${visibleText(line)}\n`).join("");
}

/** A titled block of lines after an empty line; nothing without lines. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}
