/** A problem that lasts: reported once when it begins or changes, and once when it is over. */
export class ChangingProblem {
  readonly #report: (sentence: string) => void;
  readonly #over: string;
  #present: string | null = null;

  /** `over`: the sentence when the problem is over. */
  constructor(report: (sentence: string) => void, over: string) {
    this.#report = report;
    this.#over = over;
  }

  /** One sentence; null without a problem. */
  get present(): string | null {
    return this.#present;
  }

  set(problem: string | null): void {
    if (problem === this.#present) return;
    this.#present = problem;
    this.#report(problem ?? this.#over);
  }
}
