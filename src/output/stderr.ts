// EDGE: standard error
import { visibleLine } from "../text/visible-text.ts";

/** Receives a message for the user: one sentence. */
export type Report = (sentence: string) => void;

/** Writes one line to standard error, where messages for the user go. Results never go there. */
export function printMessage(message: string): void {
  process.stderr.write(`wirespan: ${visibleLine(message)}\n`);
}
