import { nodesNamed, unknownNodeHint } from "../graph/named-nodes.ts";
import { ConfigError } from "../model/errors.ts";
import type { GraphNode, ServiceGraph } from "../model/service-graph.ts";

/** Candidates that a message lists. */
const MAX_LISTED = 8;

/**
 * The only node that a person names; of several, the only one with edges: a Service often has the name of its workload.
 * Throws ConfigError if there is none, or if there are several.
 */
export function nodeNamed(graph: ServiceGraph, name: string): GraphNode {
  const named = nodesNamed(graph, name);
  const ends = new Set(graph.edges.flatMap(({ client, server }) => [client, server]));
  const seen = named.filter(({ id }) => ends.has(id));
  const found = seen.length > 0 ? seen : named;
  const [only, second] = found;
  if (only === undefined) {
    throw new ConfigError(`the graph has no node ${JSON.stringify(name)}; ${unknownNodeHint(graph, name)}`);
  }
  if (second === undefined) return only;
  const ids = found.map(({ id }) => id);
  const more = ids.length > MAX_LISTED ? `, and ${ids.length - MAX_LISTED} more` : "";
  throw new ConfigError(
    `${JSON.stringify(name)} is ambiguous; use one of ${ids.slice(0, MAX_LISTED).join(", ")}${more}`,
  );
}
