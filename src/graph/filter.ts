import { EDGE_OUTCOMES, type Evidence, isFailure } from "../model/interaction.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { nodesById } from "./graph-nodes.ts";
import { compareText } from "./order.ts";

/** Which edges of a graph are shown: those that meet every condition. */
export interface GraphFilter {
  /** Either end is in one of these namespaces; empty: any. */
  readonly namespaces: ReadonlySet<string>;
  /** `GraphNode.id` of the client; null: any. */
  readonly from: ReadonlySet<string> | null;
  /** The same of the server, or of a Service that the client dialed; null: any. */
  readonly to: ReadonlySet<string> | null;
  /** Connections or lookups failed. */
  readonly failed: boolean;
  /** Either end is outside the cluster. */
  readonly external: boolean;
  /** Last seen at this time or later; null: any time. */
  readonly sinceMicros: number | null;
  /** Has one of these kinds of evidence; empty: any. */
  readonly evidence: ReadonlySet<Evidence>;
}

/**
 * The part of a graph whose edges pass the filter, with their ends. Edges stay as they are. Also stay: nodes that were
 * seen in no traffic, where the filter is only about namespaces, and nodes that descriptions of other nodes and flows
 * refer to.
 */
export function filterGraph(graph: ServiceGraph, filter: GraphFilter): ServiceGraph {
  const byId = nodesById(graph);
  const edges = graph.edges.filter((edge) => passes(edge, filter, byId));
  const kept = new Set(edges.flatMap(({ client, server }) => [client, server]));
  if (!isAboutTraffic(filter)) {
    const used = new Set(graph.edges.flatMap(({ client, server }) => [client, server]));
    for (const node of graph.nodes) if (!used.has(node.id) && showsNode(node, filter)) kept.add(node.id);
  }
  for (const { flows } of edges) for (const { service } of flows) if (service !== null) kept.add(`service/${service}`);
  // The loop comes to what it adds, too: resolvers have resolvers.
  for (const id of kept) for (const { end } of byId.get(id)?.resolvers ?? []) if (end !== null) kept.add(end);
  return {
    ...graph,
    observed: markedAsPart(graph, filter),
    nodes: graph.nodes.filter(({ id }) => kept.has(id)),
    edges,
  };
}

/** Observations that say how the graph was selected, so that the part is not taken for the whole. */
function markedAsPart({ observed }: ServiceGraph, filter: GraphFilter): ServiceGraph["observed"] {
  const text = selectionText(filter);
  if (text === "") return observed;
  return observed.map((each) => ({
    ...each,
    selected: [...new Set([...(each.selected ?? []), text])].sort(compareText),
  }));
}

/** The options of a filter: `-n shop --failed`; empty if it shows everything. */
function selectionText({ namespaces, from, to, failed, external, sinceMicros, evidence }: GraphFilter): string {
  const each = (option: string, values: Iterable<string>): string[] =>
    [...values].sort(compareText).map((value) => `${option} ${value}`);
  return [
    ...each("-n", namespaces),
    ...each("--from", from ?? []),
    ...each("--to", to ?? []),
    ...(failed ? ["--failed"] : []),
    ...(external ? ["--external"] : []),
    ...(sinceMicros === null ? [] : [`--since ${new Date(sinceMicros / 1000).toISOString()}`]),
    ...each("--evidence", evidence),
  ].join(" ");
}

/** Whether the filter shows a node also for what no edge shows. */
export function showsNode(node: GraphNode, filter: GraphFilter): boolean {
  return !isAboutTraffic(filter) && isIn(node, filter);
}

function passes(edge: GraphEdge, filter: GraphFilter, nodes: ReadonlyMap<string, GraphNode>): boolean {
  const ends = [nodes.get(edge.client), nodes.get(edge.server)];
  return (
    ends.some((node) => node !== undefined && isIn(node, filter)) &&
    (filter.from?.has(edge.client) ?? true) &&
    (filter.to === null || isTo(edge, filter.to)) &&
    (!filter.failed || EDGE_OUTCOMES.some((outcome) => isFailure(outcome) && (edge.outcomes[outcome] ?? 0) > 0)) &&
    (!filter.external || ends.some((node) => node?.type === "external")) &&
    (filter.sinceMicros === null || edge.lastSeenMicros >= filter.sinceMicros) &&
    (filter.evidence.size === 0 || edge.evidence.some((each) => filter.evidence.has(each)))
  );
}

function isTo({ server, flows }: GraphEdge, ids: ReadonlySet<string>): boolean {
  return ids.has(server) || flows.some(({ service }) => service !== null && ids.has(`service/${service}`));
}

function isIn(node: GraphNode, { namespaces }: GraphFilter): boolean {
  return namespaces.size === 0 || (node.namespace !== null && namespaces.has(node.namespace));
}

/** Whether the filter has conditions that only edges can meet. */
function isAboutTraffic({ from, to, failed, external, sinceMicros, evidence }: GraphFilter): boolean {
  return from !== null || to !== null || failed || external || sinceMicros !== null || evidence.size > 0;
}
