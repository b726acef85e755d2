import { nodesNamed, unknownNodeHint } from "../graph/named-nodes.ts";
import { parseResourceName } from "../graph/resource-name.ts";
import { ConfigError } from "../model/errors.ts";
import type { GraphNode, ServiceGraph } from "../model/service-graph.ts";

/** Candidates that a message lists. */
const MAX_LISTED = 8;

/**
 * The only node that a person names; of several, the only one with edges: a Service often has the name of its workload.
 * A name without a namespace is one of `namespaces` (none: any), or of no namespace. Throws ConfigError if there is none,
 * or if there are several.
 */
export function nodeNamed(graph: ServiceGraph, name: string, namespaces: ReadonlySet<string> = ANY): GraphNode {
  const isElsewhere = ({ namespace }: GraphNode): boolean => namespace !== null && !namespaces.has(namespace);
  const everywhere = nodesNamed(graph, name);
  const isQualified = namespaces.size === 0 || (parseResourceName(name)?.name ?? name).includes("/");
  const named = isQualified ? everywhere : everywhere.filter((node) => !isElsewhere(node));
  const ends = new Set(graph.edges.flatMap(({ client, server }) => [client, server]));
  const seen = named.filter(({ id }) => ends.has(id));
  const found = seen.length > 0 ? seen : named;
  const [only, second] = found;
  if (only === undefined) {
    const where = isQualified
      ? ""
      : ` in ${namespaces.size === 1 ? "the namespace" : "the namespaces"} ${[...namespaces].join(", ")}`;
    const hint = everywhere.length > 0 ? `there is ${listed(everywhere)}` : unknownNodeHint(graph, name);
    throw new ConfigError(`the graph has no node ${JSON.stringify(name)}${where}; ${hint}`);
  }
  if (second === undefined) return only;
  throw new ConfigError(`${JSON.stringify(name)} is ambiguous; use one of ${listed(found)}`);
}

const ANY: ReadonlySet<string> = new Set();

function listed(nodes: readonly GraphNode[]): string {
  const more = nodes.length > MAX_LISTED ? `, and ${nodes.length - MAX_LISTED} more` : "";
  const ids = nodes.slice(0, MAX_LISTED).map(({ id }) => id);
  return `${ids.join(", ")}${more}`;
}
