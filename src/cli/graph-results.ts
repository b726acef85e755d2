import { EdgeStore } from "../graph/edge-store.ts";
import type { Interaction } from "../model/interaction.ts";
import { type GraphFormat, renderGraph } from "../render/render.ts";
import { markIncomplete } from "./incomplete-mark.ts";
import type { Output } from "./output.ts";
import type { Results, ResultsOptions } from "./results.ts";
import { isColored, terminalWidth } from "./terminal-style.ts";

/** The sum of all interactions, drawn at the end. */
export class GraphResults implements Results {
  readonly #format: GraphFormat;
  readonly #output: Output;
  readonly #store: EdgeStore;

  constructor(format: GraphFormat, { output, keepNodes, hasCluster }: ResultsOptions) {
    this.#format = format;
    this.#output = output;
    this.#store = new EdgeStore({ keepNodes, singleUnresolved: hasCluster });
  }

  add(interaction: Interaction, isHandedOver: boolean): void {
    this.#store.add(interaction, isHandedOver);
  }

  advance(): void {}

  async finish(problem: string | null): Promise<void> {
    const { isTerminal } = this.#output;
    const options = { color: isColored(isTerminal), width: terminalWidth(isTerminal) };
    const text = await renderGraph(this.#store.graph(), this.#format, options);
    const missing = [problem, leftOut(this.#store)].filter((sentence) => sentence !== null).join("; ");
    this.#output.write(missing === "" ? text : markIncomplete(text, this.#format, missing));
    this.#output.close();
  }
}

/** What found no room in the graph; null when all did. */
function leftOut({ drops, edgeCount }: EdgeStore): string | null {
  if (drops.interactions === 0) return null;
  return `${drops.interactions} interactions of edges beyond the first ${edgeCount} are left out; replay a shorter time, or use --format jsonl`;
}
