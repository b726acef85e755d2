import { printIncomplete } from "../../output/completeness.ts";
import type { Output } from "../../output/files/output.ts";

/** Writes an answer, prints what it lacks, and returns the exit code: `code`, unless the answer is incomplete. Throws OutputError. */
export function writeAnswer(text: string, output: Output, incomplete: readonly string[], code = 0): number {
  output.write(text);
  output.close();
  return Math.max(code, printIncomplete(incomplete));
}
