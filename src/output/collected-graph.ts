import { GraphDescriptions } from "../descriptions/graph-descriptions.ts";
import type { NodeMerging } from "../graph/graph-nodes.ts";
import { compareText } from "../graph/order.ts";
import { EdgeStore, MAX_EDGES } from "../graph/store/edge-store.ts";
import type { Interaction } from "../model/interaction.ts";
import type { ResolverQuery } from "../model/lookup.ts";
import type { ServiceGraph, StreamedGraph } from "../model/service-graph.ts";
import type { Counts } from "../telemetry/stats.ts";
import { countText } from "../text/number-text.ts";
import type { Results, ResultsOptions } from "./results.ts";

/** Options of a graph without an output. */
export type CollectedGraphOptions = Pick<
  ResultsOptions,
  "keepNodes" | "hasCluster" | "hasService" | "cluster" | "observed" | "described"
>;

/** Sums up all interactions as a graph, and writes nothing. */
export class CollectedGraph implements Results {
  readonly #store: EdgeStore;
  readonly #options: CollectedGraphOptions;
  readonly #merging: NodeMerging;
  readonly #descriptions = new GraphDescriptions();

  constructor(options: CollectedGraphOptions) {
    const { keepNodes, hasCluster, hasService = () => false } = options;
    this.#options = options;
    this.#merging = { keepNodes, singleUnresolved: hasCluster };
    this.#store = new EdgeStore({ ...this.#merging, hasService });
  }

  add(interaction: Interaction, isBothInstrumented: boolean): void {
    this.#store.add(interaction, isBothInstrumented);
    this.#descriptions.add(interaction);
  }

  resolver(query: ResolverQuery): void {
    this.#descriptions.resolver(query);
  }

  advance(): void {}

  missing(): readonly string[] {
    const { interactions } = this.#store.drops;
    if (interactions === 0) return [];
    return [
      `${countText(interactions, "interaction")} dropped: the graph is full (${MAX_EDGES} edges), so clients with the most edges lost some; restart the agent, replay a shorter time, or use --format jsonl`,
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
      clientResolvers: this.#descriptions.droppedResolvers,
    };
  }

  get edgeCount(): number {
    return this.#store.edgeCount;
  }

  /** The graph so far. `problems`: what is missing, one sentence each. */
  graph(problems: readonly string[]): ServiceGraph {
    return this.#described(this.#store.graph(this.#context(problems)));
  }

  /** The same, with edges that are made while they are read. */
  stream(problems: readonly string[]): StreamedGraph {
    return this.#described(this.#store.stream(this.#context(problems)));
  }

  /** With one observation, the problems are stored in it: in a merge, a later state of it then replaces them. */
  #context(problems: readonly string[]): Pick<ServiceGraph, "cluster" | "observed" | "incomplete"> {
    const cluster = this.#options.cluster ?? null;
    const observed = this.#options.observed?.() ?? [];
    const [only] = observed;
    if (only === undefined || observed.length > 1 || problems.length === 0)
      return { cluster, observed, incomplete: problems };
    const incomplete = [...new Set(problems)].sort(compareText);
    return { cluster, observed: [{ ...only, incomplete }], incomplete: [] };
  }

  #described<G extends Pick<ServiceGraph, "nodes" | "observed">>(graph: G): G {
    const cluster = this.#options.described?.();
    return cluster === undefined ? graph : this.#descriptions.describe(graph, { ...cluster, ...this.#merging });
  }

  async finish(_problems: readonly string[]): Promise<void> {}
}
