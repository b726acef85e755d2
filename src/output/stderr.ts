// EDGE: standard error
import { visibleLine } from "../text/visible-text.ts";

/** Says one line to the person who runs the command, whatever the text holds. Results never go this way. */
export function say(line: string): void {
  process.stderr.write(`wirespan: ${visibleLine(line)}\n`);
}
