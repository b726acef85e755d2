import { EdgeStore, MAX_EDGES } from "../graph/edge-store.ts";
import type { Interaction } from "../model/interaction.ts";
import { type GraphFormat, renderGraph } from "../render/render.ts";
import type { Counts } from "../telemetry/stats.ts";
import { countText } from "../text/number-text.ts";
import { markIncomplete } from "./incomplete-mark.ts";
import type { Output } from "./output.ts";
import type { Results, ResultsOptions } from "./results.ts";

/** Aggregates all interactions into a graph, written at the end. */
export class GraphResults implements Results {
  readonly #format: GraphFormat;
  readonly #output: Output;
  readonly #store: EdgeStore;

  constructor(format: GraphFormat, { output, keepNodes, hasCluster, hasService = () => false }: ResultsOptions) {
    this.#format = format;
    this.#output = output;
    this.#store = new EdgeStore({ keepNodes, singleUnresolved: hasCluster, hasService });
  }

  add(interaction: Interaction, isBothInstrumented: boolean): void {
    this.#store.add(interaction, isBothInstrumented);
  }

  advance(): void {}

  missing(): readonly string[] {
    const { interactions } = this.#store.drops;
    if (interactions === 0) return [];
    return [
      `${countText(interactions, "interaction")} dropped: the graph is full (${MAX_EDGES} edges), so clients with the most edges lost some; replay a shorter time, or use --format jsonl`,
    ];
  }

  evicted(): Counts {
    const { interactions, names, ports, flows, addresses } = this.#store.drops;
    return {
      edgeInteractions: interactions,
      edgeNames: names,
      edgePorts: ports,
      edgeFlows: flows,
      edgeAddresses: addresses,
    };
  }

  async finish(problem: string | null): Promise<void> {
    const options = { color: this.#output.isColored, width: this.#output.width };
    const text = await renderGraph(this.#store.graph(), this.#format, options);
    this.#output.write(problem === null ? text : markIncomplete(text, this.#format, problem));
    this.#output.close();
  }
}
