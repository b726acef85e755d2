import type { Interaction } from "../model/interaction.ts";
import { INTERACTIONS_HEADER, interactionLine } from "../render/interaction-lines.ts";
import { incompleteLine } from "./incomplete-mark.ts";
import type { Output } from "./output.ts";
import type { Results, ResultsOptions } from "./results.ts";

/** Interactions line by line, in order of time as far as the horizon reaches. */
export class LineResults implements Results {
  readonly #output: Output;
  readonly #horizonMicros: number;
  #waiting: Interaction[] = [];
  #lastSortedMicros = Number.NEGATIVE_INFINITY;

  constructor({ output, horizonMicros }: ResultsOptions) {
    this.#output = output;
    this.#horizonMicros = horizonMicros;
    output.write(`${INTERACTIONS_HEADER}\n`);
  }

  add(interaction: Interaction): void {
    this.#waiting.push(interaction);
  }

  advance(micros: number): void {
    // Sorting costs: not before a good part of a horizon has gone by.
    if (!Number.isFinite(micros) || micros - this.#lastSortedMicros < this.#horizonMicros / 8) return;
    this.#lastSortedMicros = micros;
    this.#writeBefore(micros - this.#horizonMicros);
    this.#output.flush();
  }

  async finish(problem: string | null): Promise<void> {
    this.#writeBefore(Number.POSITIVE_INFINITY);
    if (problem !== null) this.#output.write(`${incompleteLine(problem)}\n`);
    this.#output.close();
  }

  #writeBefore(micros: number): void {
    this.#waiting.sort((a, b) => a.timeMicros - b.timeMicros);
    let count = 0;
    for (const interaction of this.#waiting) {
      if (interaction.timeMicros >= micros) break;
      this.#output.write(`${interactionLine(interaction)}\n`);
      count++;
    }
    this.#waiting = this.#waiting.slice(count);
  }
}
