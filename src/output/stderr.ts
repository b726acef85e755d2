// EDGE: standard error
import { visibleLine } from "../text/visible-text.ts";

/** Takes a message for people: one sentence. */
export type Report = (sentence: string) => void;

/** Writes one line to standard error: messages for people. Results never go there. */
export function printMessage(message: string): void {
  process.stderr.write(`wirespan: ${visibleLine(message)}\n`);
}
