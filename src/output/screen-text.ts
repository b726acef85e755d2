/** Control sequences of ECMA-48: the cursor to the first cell, and everything from there erased. */
const ERASED_SCREEN = "\u001b[H\u001b[2J";
/** The last lines of a table: a blank one and the totals; below them, the cursor. */
const LAST_LINES = 3;

/** A table on an erased screen of `height` lines. If it is longer, lines above the totals are left out; null: none are. */
export function screenText(text: string, height: number | null): string {
  const lines = text.split("\n");
  if (height === null || lines.length <= height) return ERASED_SCREEN + text;
  const shown = Math.max(1, height - LAST_LINES - 1);
  const omitted = lines.length - LAST_LINES - shown;
  return ERASED_SCREEN + [...lines.slice(0, shown), `… ${omitted} more`, ...lines.slice(-LAST_LINES)].join("\n");
}
