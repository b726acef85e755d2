import type { Command } from "commander";
import { filterGraph } from "../../graph/filter.ts";
import { checkNamespaces } from "../../graph/named-nodes.ts";
import { type GraphSourceOptions, openGraph } from "../../graph-source/graph-source.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { printIncomplete } from "../../output/completeness.ts";
import type { Output } from "../../output/files/output.ts";
import { printMessage } from "../../output/stderr.ts";
import { writeGraph } from "../../output/write-graph.ts";
import type { GraphFormat } from "../../render/graph-formats.ts";
import { countText } from "../../text/number-text.ts";
import { type FilterOptions, readFilter, withFilterOptions } from "./filter-options.ts";
import { withSourceOptions } from "./source-options.ts";

/** Options of a command on a graph, as commander returns them. */
export interface GraphOptions extends GraphSourceOptions, FilterOptions {
  readonly format?: string;
}

/** Adds the options of a command on a graph: where it is from, and which edges of it are shown; `namespaceHelp`: what -n does. */
export function withGraphOptions(command: Command, namespaceHelp?: string): Command {
  return withFilterOptions(withSourceOptions(command), namespaceHelp);
}

/** The edges that the options select from the graph of their source. Throws ConfigError and CaptureError. */
export async function openFilteredGraph(options: GraphOptions): Promise<ServiceGraph> {
  const graph = await openGraph(options);
  const shown = filterGraph(graph, readFilter(options, graph));
  if (shown.edges.length === 0) printMessage(describeNothing(graph));
  return shown;
}

/** The graph that an answer is computed from. */
interface AnswerGraph {
  readonly graph: ServiceGraph;
  /** The same graph, with the edges that do not meet the conditions too. */
  readonly whole: ServiceGraph;
  /** The namespaces of -n. They select no edges here: names are looked up in them, or their workloads are ranked. */
  readonly namespaces: ReadonlySet<string>;
}

/** Opens the graph for an answer: edges of all namespaces that meet the other conditions. Throws ConfigError and CaptureError. */
export async function openAnswerGraph(options: GraphOptions): Promise<AnswerGraph> {
  const whole = await openGraph(options);
  const { namespaces, ...filter } = readFilter(options, whole);
  checkNamespaces(whole, namespaces);
  const graph = filterGraph(whole, { ...filter, namespaces: new Set() });
  if (graph.edges.length === 0) printMessage(describeNothing(whole));
  return { graph, whole, namespaces };
}

/** Why a graph shows no edge. */
export function describeNothing({ nodes, edges }: ServiceGraph): string {
  if (edges.length === 0) return "the graph has no edges";
  const namespaces = [...new Set(nodes.flatMap(({ namespace }) => namespace ?? []))].sort();
  const where = namespaces.length === 0 ? "" : `, in the namespaces ${namespaces.join(", ")}`;
  return `no edge meets the conditions; the graph has ${countText(edges.length, "edge")}${where}`;
}

/** Writes the graph, prints what it lacks, and returns the exit code. Throws OutputError. */
export async function finishGraph(graph: ServiceGraph, format: GraphFormat, output: Output): Promise<number> {
  await writeGraph(graph, format, output);
  output.close();
  return printIncomplete(graph.incomplete);
}
