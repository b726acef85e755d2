import type { Report } from "./stderr.ts";

/** A problem that lasts: reported when it begins or changes, and when it is over, but not while it stays the same. */
export class ChangingProblem {
  readonly #report: Report;
  readonly #over: string;
  #current: string | null = null;

  /** `over`: the sentence when the problem is over. */
  constructor(report: Report, over: string) {
    this.#report = report;
    this.#over = over;
  }

  /** One sentence; null without a problem. */
  get current(): string | null {
    return this.#current;
  }

  set(problem: string | null): void {
    if (problem === this.#current) return;
    this.#current = problem;
    this.#report(problem ?? this.#over);
  }
}
