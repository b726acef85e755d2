import { nodesById } from "../../graph/graph-nodes.ts";
import { compareText } from "../../graph/order.ts";
import type { GraphEdge, GraphNode, Observation, ServiceGraph } from "../../model/service-graph.ts";
import { failureCount } from "../../render/labels/edge-figures.ts";

/** How an edge differs between an older and a newer graph. */
export type EdgeChange = "added" | "gone" | "failing";

/** One edge that differs: an edge of the newer graph, or of the older one if it is gone. */
export interface ChangedEdge {
  readonly change: EdgeChange;
  readonly edge: GraphEdge;
  readonly client: GraphNode;
  readonly server: GraphNode;
  /** The edge has failed interactions, and is new or had none before. */
  readonly isNewlyFailing: boolean;
  /** The edge is new, and its server is outside the cluster. */
  readonly isNewEgress: boolean;
}

/** What one graph covers. */
export interface DiffSide {
  readonly observed: readonly Observation[];
  readonly incomplete: readonly string[];
}

/** The edges that differ, sorted by change, client and server. Counts and times alone are no difference. */
export interface GraphDiff {
  readonly cluster: string | null;
  readonly older: DiffSide;
  readonly newer: DiffSide;
  readonly changes: readonly ChangedEdge[];
}

const ORDER: readonly EdgeChange[] = ["added", "gone", "failing"];

/** Compares two graphs by the ids of their nodes. */
export function diffGraphs(older: ServiceGraph, newer: ServiceGraph): GraphDiff {
  const before = edgesByKey(older);
  const after = edgesByKey(newer);
  const oldNodes = nodesById(older);
  const newNodes = nodesById(newer);
  const changes: ChangedEdge[] = [];
  for (const [key, edge] of after) {
    const old = before.get(key);
    const isNewlyFailing = failureCount(edge) > 0 && (old === undefined || failureCount(old) === 0);
    if (old === undefined) changes.push(changed("added", edge, newNodes, isNewlyFailing));
    else if (isNewlyFailing) changes.push(changed("failing", edge, newNodes, true));
  }
  for (const [key, edge] of before) {
    if (!after.has(key)) changes.push(changed("gone", edge, oldNodes, false));
  }
  return {
    cluster: newer.cluster ?? older.cluster,
    older: { observed: older.observed, incomplete: older.incomplete },
    newer: { observed: newer.observed, incomplete: newer.incomplete },
    changes: changes.sort(
      (a, b) =>
        ORDER.indexOf(a.change) - ORDER.indexOf(b.change) ||
        compareText(a.edge.client, b.edge.client) ||
        compareText(a.edge.server, b.edge.server),
    ),
  };
}

/** Kinds of difference that `--fail-on` selects. */
export const FAIL_ON = ["new-edge", "new-egress", "new-failure"] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** Whether the diff has a difference of one of the kinds; an empty list is any difference. */
export function hasDifference({ changes }: GraphDiff, kinds: readonly FailOn[]): boolean {
  if (kinds.length === 0) return changes.length > 0;
  return changes.some(
    ({ change, isNewEgress, isNewlyFailing }) =>
      (kinds.includes("new-edge") && change === "added") ||
      (kinds.includes("new-egress") && isNewEgress) ||
      (kinds.includes("new-failure") && isNewlyFailing),
  );
}

function changed(
  change: EdgeChange,
  edge: GraphEdge,
  nodes: ReadonlyMap<string, GraphNode>,
  isNewlyFailing: boolean,
): ChangedEdge {
  const client = endOf(nodes, edge.client);
  const server = endOf(nodes, edge.server);
  const isNewEgress = change === "added" && server.type === "external";
  return { change, edge, client, server, isNewlyFailing, isNewEgress };
}

function endOf(nodes: ReadonlyMap<string, GraphNode>, id: string): GraphNode {
  const node = nodes.get(id);
  if (node === undefined) throw new Error(`edge without node ${id}`);
  return node;
}

function edgesByKey(graph: ServiceGraph): ReadonlyMap<string, GraphEdge> {
  return new Map(graph.edges.map((edge) => [JSON.stringify([edge.client, edge.server]), edge]));
}
