import { ConfigError } from "../model/errors.ts";
import type { EdgePart, GraphNode, Observation, ServiceGraph } from "../model/service-graph.ts";
import { MAX_INCOMPLETE } from "./bounds.ts";
import { edgeOf } from "./edge-sums.ts";
import { joinNodes } from "./merge-nodes.ts";
import { joinParts } from "./merge-parts.ts";
import { joinObservations, ownIncomplete, withIncomplete } from "./observations.ts";
import { compareText } from "./order.ts";

/**
 * One graph of several. What one instance observed counts once, in its latest state; what different instances observed is
 * added up. Exact, so the order of the graphs, and merging some of them first or several times, does not matter.
 * Throws ConfigError if they are of different clusters.
 */
export function mergeGraphs(graphs: readonly ServiceGraph[]): ServiceGraph {
  const [only] = graphs;
  if (only !== undefined && graphs.length === 1) return only;
  const observed = new Map<string, Observation>();
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, EdgeParts>();
  for (const graph of graphs) {
    for (const each of graph.observed) join(observed, each.instance, each, joinObservations);
    for (const node of graph.nodes) join(nodes, node.id, node, joinNodes);
    for (const { client, server, parts } of graph.edges) {
      const key = `${client.length} ${client}${server}`;
      const edge = edges.get(key) ?? { client, server, parts: new Map<string, EdgePart>() };
      edges.set(key, edge);
      for (const part of parts) join(edge.parts, part.instance, part, joinParts);
    }
  }
  const own = [...new Set(graphs.flatMap(ownIncomplete))].sort(compareText).slice(0, MAX_INCOMPLETE);
  return {
    cluster: clusterOf(graphs),
    ...withIncomplete(
      own,
      [...observed.values()].sort((a, b) => compareText(a.instance, b.instance)),
    ),
    nodes: [...nodes.values()].sort((a, b) => compareText(a.id, b.id)),
    edges: [...edges.values()]
      .sort((a, b) => compareText(a.client, b.client) || compareText(a.server, b.server))
      .map(({ client, server, parts }) => edgeOf(client, server, [...parts.values()])),
  };
}

interface EdgeParts {
  readonly client: string;
  readonly server: string;
  /** By instance. */
  readonly parts: Map<string, EdgePart>;
}

function join<T>(values: Map<string, T>, key: string, value: T, joined: (a: T, b: T) => T): void {
  const known = values.get(key);
  values.set(key, known === undefined ? value : joined(known, value));
}

function clusterOf(graphs: readonly ServiceGraph[]): string | null {
  const names = [...new Set(graphs.flatMap(({ cluster }) => cluster ?? []))].sort(compareText);
  if (names.length > 1) {
    throw new ConfigError(
      `the graphs are of different clusters (${names.join(", ")}); merge graphs of one cluster only`,
    );
  }
  return names[0] ?? null;
}
