import type { DescribedCluster } from "../descriptions/graph-descriptions.ts";
import type { Interaction } from "../model/interaction.ts";
import type { ResolverQuery } from "../model/lookup.ts";
import type { Observation } from "../model/service-graph.ts";
import { GRAPH_FORMATS } from "../render/graph-formats.ts";
import type { Counts } from "../telemetry/stats.ts";
import type { Output } from "./files/output.ts";

/** Formats of results: a graph, or the interactions as lines. */
export const FORMATS = [...GRAPH_FORMATS, "jsonl"] as const;
export type Format = (typeof FORMATS)[number];

/** Receives interactions, and writes them in one format. */
export interface Results {
  /** `isBothInstrumented`: it has no span pair, because both ends are instrumented. */
  add(interaction: Interaction, isBothInstrumented: boolean): void;
  /** Takes the DNS servers that clients query. */
  resolver(query: ResolverQuery): void;
  /** Packet time has reached `micros`: interactions that are older than the horizon can be written. */
  advance(micros: number): void;
  /** One sentence for each kind of missing data, with the fix; empty if everything that was added is in the results. */
  missing(): readonly string[];
  /** Dropped data by kind: part of `evicted` in `--stats`. */
  evicted(): Counts;
  /** Writes the rest and closes the output. `problems`: what is missing, one sentence each; empty if they are complete. */
  finish(problems: readonly string[]): Promise<void>;
}

export interface ResultsOptions {
  readonly output: Output;
  readonly keepNodes: boolean;
  readonly hasCluster: boolean;
  /** Whether the cluster has this Service; false by default. Called at the end. */
  readonly hasService?: (namespace: string, name: string) => boolean;
  /** `k8s.cluster.name`; null if unknown, the default. */
  readonly cluster?: string | null;
  /** Who observed what was added; the interactions themselves say it by default. Called at the end. */
  readonly observed?: () => readonly Observation[];
  /** What describes the workloads and Services of a graph; nothing by default. Called at the end. */
  readonly described?: () => DescribedCluster;
  /** Longest time from the start of an interaction to its report; lines within it are sorted. */
  readonly horizonMicros: number;
}
