import { EdgeStore, MAX_EDGES } from "../graph/edge-store.ts";
import type { Interaction } from "../model/interaction.ts";
import type { Observation, ServiceGraph, StreamedGraph } from "../model/service-graph.ts";
import type { Counts } from "../telemetry/stats.ts";
import { countText } from "../text/number-text.ts";
import type { Results, ResultsOptions } from "./results.ts";

/** Options of a graph without an output. */
export type CollectedGraphOptions = Pick<ResultsOptions, "keepNodes" | "hasCluster" | "hasService" | "observed">;

/** Sums up all interactions as a graph, and writes nothing. */
export class CollectedGraph implements Results {
  readonly #store: EdgeStore;
  readonly #observed: () => readonly Observation[];

  constructor({ keepNodes, hasCluster, hasService = () => false, observed = () => [] }: CollectedGraphOptions) {
    this.#observed = observed;
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

  /** The graph so far. `problems`: what is missing, one sentence each. */
  graph(problems: readonly string[]): ServiceGraph {
    return this.#store.graph({ observed: this.#observed(), incomplete: problems });
  }

  /** The same, with edges that are made while they are read. */
  stream(problems: readonly string[]): StreamedGraph {
    return this.#store.stream({ observed: this.#observed(), incomplete: problems });
  }

  async finish(_problems: readonly string[]): Promise<void> {}
}
