import { isFailure, OUTCOMES, type Outcome } from "../../model/interaction.ts";
import type { FailedPort } from "../../model/service-graph.ts";

/** Interactions of one edge that established no connection, by outcome; failed connections also by dialed port. */
export class OtherOutcomes {
  /** In the order of OUTCOMES. */
  readonly #counts = new Array<number>(OUTCOMES.length).fill(0);
  /** By port and outcome, as one number. */
  #failures: Map<number, number> | null = null;
  total = 0;

  /** `port`: dialed, and held by the edge; null: none. */
  add(outcome: Outcome, port: number | null): void {
    const index = OUTCOMES.indexOf(outcome);
    this.total++;
    this.#counts[index] = this.of(index) + 1;
    if (port === null || !isFailure(outcome)) return;
    const key = port * OUTCOMES.length + index;
    this.#failures ??= new Map();
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  /** By the index of the outcome. */
  of(index: number): number {
    return this.#counts[index] ?? 0;
  }

  dropPort(port: number): void {
    for (const index of OUTCOMES.keys()) this.#failures?.delete(port * OUTCOMES.length + index);
  }

  failedPorts(): readonly FailedPort[] {
    const entries = [...(this.#failures ?? [])].sort(([a], [b]) => a - b);
    return entries.flatMap(([key, count]) => {
      const outcome = OUTCOMES[key % OUTCOMES.length];
      return outcome === undefined ? [] : { port: Math.floor(key / OUTCOMES.length), outcome, count };
    });
  }
}
