import { ExitCode } from "../model/errors.ts";
import type { Results } from "./results.ts";
import { printMessage } from "./stderr.ts";

/**
 * Whether a result is complete. The result itself, `problems` of `--stats`, standard error and the exit code all use
 * this decision, so every problem must be known before the result is finished.
 */
export class Completeness {
  /** One sentence each: what is missing, and what to do. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    this.problems = problems;
  }

  /** Finishes the results, if any, with the given problems and those of the results themselves. */
  static async finish(results: Results | null, problems: readonly string[]): Promise<Completeness> {
    const completeness = new Completeness([...problems, ...(results?.missing() ?? [])]);
    await results?.finish(completeness.problems);
    return completeness;
  }

  get exitCode(): number {
    return this.problems.length === 0 ? ExitCode.success : ExitCode.incomplete;
  }

  print(): void {
    for (const problem of this.problems) printMessage(`incomplete: ${problem}`);
  }
}

/** Prints what a result lacks, and returns the exit code. */
export function printIncomplete(problems: readonly string[]): number {
  const completeness = new Completeness(problems);
  completeness.print();
  return completeness.exitCode;
}
