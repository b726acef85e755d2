import type { Results } from "./results.ts";
import { printMessage } from "./stderr.ts";

/** 0: all is well. 1: the result is not whole, or could not be had. 2: the command was not understood. */
export const EXIT_INCOMPLETE = 1;

/**
 * Whether a result is whole, decided in one place: the result itself, `problems` of `--stats`, standard error and the
 * exit code all take it from here. Every reason must be in before the result is finished.
 */
export class Completeness {
  /** Each a sentence: what is missing, and what to do. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    this.problems = problems;
  }

  /** Finishes the results, if any, with what was missing before and what they themselves had to leave out. */
  static async finish(results: Results | null, problems: readonly string[]): Promise<Completeness> {
    const completeness = new Completeness([...problems, ...(results?.missing() ?? [])]);
    await results?.finish(completeness.reason);
    return completeness;
  }

  /** All problems as one text; null when the result is whole. */
  get reason(): string | null {
    return this.problems.length === 0 ? null : this.problems.join("; ");
  }

  get exitCode(): number {
    return this.problems.length === 0 ? 0 : EXIT_INCOMPLETE;
  }

  print(): void {
    for (const problem of this.problems) printMessage(`incomplete: ${problem}`);
  }
}
