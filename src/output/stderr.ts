// EDGE: standard error
import { visibleLine } from "../text/visible-text.ts";

/** Writes one line to standard error: messages for people. Results never go there. */
export function printMessage(message: string): void {
  process.stderr.write(`wirespan: ${visibleLine(message)}\n`);
}
