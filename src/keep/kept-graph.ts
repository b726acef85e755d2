/** keep: the graph of a node over all runs of its agent, bounded. */
import { edgeOf } from "../graph/edge-sums.ts";
import { graphFileChunks } from "../graph/file/graph-file.ts";
import { mergeGraphs } from "../graph/merge.ts";
import { ownIncomplete, withIncomplete } from "../graph/observations.ts";
import { compareText } from "../graph/order.ts";
import type { GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { fairEdges } from "./fair-edges.ts";

interface KeepBounds {
  readonly maxEdges: number;
  /** Runs of the agent. */
  readonly maxRuns: number;
  /** Of the graph file. */
  readonly maxCharacters: number;
}

export const KEEP_BOUNDS: KeepBounds = { maxEdges: 5_000, maxRuns: 64, maxCharacters: 12 << 20 };

/** A merge and what was dropped by it. */
interface Kept {
  readonly graph: ServiceGraph;
  readonly droppedEdges: number;
  readonly droppedRuns: number;
  readonly droppedNodes: number;
}

const ELSEWHERE = "merge snapshots outside of the node for more";

/**
 * The kept graph with the latest state of the agent's, within the bounds: the oldest runs are dropped, and the oldest edges
 * of the clients with the most. `incomplete` says so from then on. Throws ConfigError if they are of different clusters.
 */
export function keepLatest(kept: ServiceGraph | null, latest: ServiceGraph, bounds: KeepBounds): Kept {
  const merged = kept === null ? latest : mergeGraphs([kept, latest]);
  const current = new Set(latest.observed.map(({ instance }) => instance));
  let fitted = withinCounts(merged, current, bounds.maxRuns, bounds.maxEdges);
  for (let runs = fitted.observed.length, edges = fitted.edges.length; length(fitted) > bounds.maxCharacters; ) {
    if (runs > current.size) runs = Math.max(current.size, runs >> 1);
    else if (edges > 0) edges >>= 1;
    else break;
    fitted = withinCounts(fitted, current, runs, edges);
  }
  const droppedRuns = merged.observed.length - fitted.observed.length;
  const droppedEdges = merged.edges.length - fitted.edges.length;
  const own = [...ownIncomplete(merged), ...(droppedRuns + droppedEdges === 0 ? [] : [fullSentence(bounds)])];
  return {
    graph: { ...fitted, ...withIncomplete(own, fitted.observed) },
    droppedRuns,
    droppedEdges,
    droppedNodes: merged.nodes.length - fitted.nodes.length,
  };
}

function fullSentence({ maxRuns, maxEdges, maxCharacters }: KeepBounds): string {
  return `wirespan keep dropped old edges or what old runs of the agent saw: it keeps ${maxEdges} edges, ${maxRuns} runs and ${maxCharacters >> 20} MiB; ${ELSEWHERE}`;
}

function withinCounts(
  graph: ServiceGraph,
  current: ReadonlySet<string>,
  maxRuns: number,
  maxEdges: number,
): ServiceGraph {
  const observed = newestRuns(graph, current, maxRuns);
  const runs = new Set(observed.map(({ instance }) => instance));
  const isWhole = observed.length === graph.observed.length;
  const edges = fairEdges(isWhole ? graph.edges : graph.edges.flatMap((edge) => ofRuns(edge, runs)), maxEdges);
  const ends = new Set(edges.flatMap(({ client, server }) => [client, server]));
  // Nodes without an edge were only described.
  let room = 2 * maxEdges - ends.size;
  const nodes = graph.nodes.filter(({ id }) => ends.has(id) || room-- > 0);
  return { ...graph, observed, edges, nodes: isWhole ? nodes : nodes.map((node) => seenByRuns(node, runs)) };
}

/** Sorted by instance, as in the graph. */
function newestRuns(
  { observed }: ServiceGraph,
  current: ReadonlySet<string>,
  maxRuns: number,
): ServiceGraph["observed"] {
  if (observed.length <= maxRuns) return observed;
  const rank = (instance: string): number => (current.has(instance) ? 1 : 0);
  const newest = observed.toSorted(
    (a, b) => rank(b.instance) - rank(a.instance) || b.toMicros - a.toMicros || compareText(a.instance, b.instance),
  );
  const kept = new Set(newest.slice(0, Math.max(maxRuns, current.size)));
  return observed.filter((one) => kept.has(one));
}

function ofRuns(edge: ServiceGraph["edges"][number], runs: ReadonlySet<string>): ServiceGraph["edges"] {
  const parts = edge.parts.filter(({ instance }) => runs.has(instance));
  if (parts.length === edge.parts.length) return [edge];
  return parts.length === 0 ? [] : [edgeOf(edge.client, edge.server, parts)];
}

function seenByRuns(node: GraphNode, runs: ReadonlySet<string>): GraphNode {
  if (node.seenFromBirth === undefined) return node;
  const { seenFromBirth, ...rest } = node;
  const kept = Object.entries(seenFromBirth).filter(([instance]) => runs.has(instance));
  return kept.length === 0 ? rest : { ...rest, seenFromBirth: Object.fromEntries(kept) };
}

function length(graph: ServiceGraph): number {
  let sum = 0;
  for (const chunk of graphFileChunks(graph)) sum += chunk.length;
  return sum;
}
