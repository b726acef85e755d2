import { nodesById } from "../../graph/graph-nodes.ts";
import { compareText } from "../../graph/order.ts";
import type { OwnSpans } from "../../model/interaction.ts";
import type { Flow, GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { connectionCount, failureCount } from "../../render/labels/edge-figures.ts";
import { needsSpans, shownByOthers, spanPorts, spanRole, type TracedEnd } from "../../report/tracing-rule.ts";
import { newestDescription } from "../../selection/newest-description.ts";

/** Why a workload is considered instrumented: its pods' spec says so, or it connects to an OTLP port. */
type InstrumentedSign = "spec" | "connection";

/** A workload to instrument next, with what it adds to the picks before it. */
export interface Pick {
  readonly node: GraphNode;
  /** Covered ends divided by needed ends, over all its edges, plus the edges that it completes. */
  readonly score: number;
  /** Edges with spans of all their ends, after this pick, and its share of the connections. */
  readonly edgesCompleted: number;
  readonly totalCompleted: number;
  readonly connectionsShare: number;
  /** Neighbors without spans after this pick, sorted by id. */
  readonly darkNeighbors: readonly GraphNode[];
  readonly failingEdges: number;
  readonly language: string | null;
}

export interface Rollout {
  /** Edges that spans can complete. */
  readonly edges: number;
  readonly connections: number;
  /** Whose workloads are ranked and listed, sorted; empty: all. The numbers are those of the whole graph. */
  readonly namespaces: readonly string[];
  readonly instrumented: readonly { readonly node: GraphNode; readonly sign: InstrumentedSign }[];
  /** Edges and connections that real spans show today. */
  readonly edgesDone: number;
  readonly connectionsDone: number;
  readonly picks: readonly Pick[];
  /** Collectors, stores and proxies: never picks, since the spans of their clients show them. */
  readonly infrastructure: readonly { readonly node: GraphNode; readonly what: string }[];
}

/** An edge and the workloads whose spans complete it: both ends, or the client's if the server cannot have spans. */
interface NeededEdge {
  readonly edge: GraphEdge;
  readonly needed: readonly string[];
  readonly connections: number;
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Ranks the workloads greedily: each pick is the one that adds most to those before it. `namespaces`: those whose workloads
 * are ranked and listed (empty: all); what they add is counted on the whole graph.
 */
export function rollout(graph: ServiceGraph, namespaces: ReadonlySet<string> = new Set()): Rollout {
  const isListed = ({ namespace }: GraphNode): boolean =>
    namespaces.size === 0 || (namespace !== null && namespaces.has(namespace));
  const nodes = nodesById(graph);
  const ends = tracedEnds(graph);
  const needs = (id: string): boolean => {
    const end = ends.get(id);
    return end !== undefined && needsSpans(end);
  };
  const infrastructure = graph.nodes.flatMap((node) => {
    const end = ends.get(node.id);
    const what = end === undefined || node.type !== "workload" ? null : shownByOthers(end);
    return what === null ? [] : [{ node, what }];
  });
  const edges = graph.edges.flatMap((edge): NeededEdge[] => {
    const needed = [edge.client, edge.server].filter(needs);
    const connections = applicationConnections(edge);
    return edge.client !== edge.server && connections > 0 && needed.length > 0 ? [{ edge, needed, connections }] : [];
  });
  const instrumented = graph.nodes.flatMap((node) => {
    const isSending = needs(node.id) && ends.get(node.id)?.role === "sends";
    return isSending ? [{ node, sign: ownSpans(node) === "sent" ? "spec" : "connection" } as const] : [];
  });
  const covered = new Set(instrumented.map(({ node }) => node.id));
  const done = edges.filter((edge) => isComplete(edge, covered));
  const total = sum(edges.map(({ connections }) => connections));
  return {
    edges: edges.length,
    connections: total,
    namespaces: [...namespaces].sort(),
    instrumented: instrumented.filter(({ node }) => isListed(node)),
    edgesDone: done.length,
    connectionsDone: sum(done.map(({ connections }) => connections)),
    picks: pickAll(edges, covered, nodes, total, isListed),
    infrastructure: infrastructure.filter(({ node }) => isListed(node)),
  };
}

function portsByServer(edges: readonly GraphEdge[]): ReadonlyMap<string, ReadonlySet<number>> {
  const ports = new Map<string, Set<number>>();
  for (const { server, servedPorts } of edges) {
    const known = ports.get(server);
    if (known === undefined) ports.set(server, new Set(servedPorts));
    else for (const port of servedPorts) known.add(port);
  }
  return ports;
}

function pickAll(
  edges: readonly NeededEdge[],
  instrumented: ReadonlySet<string>,
  nodes: ReadonlyMap<string, GraphNode>,
  totalConnections: number,
  isListed: (node: GraphNode) => boolean,
): readonly Pick[] {
  const covered = new Set(instrumented);
  const byNode = new Map<string, NeededEdge[]>();
  for (const edge of edges) for (const id of edge.needed) byNode.set(id, [...(byNode.get(id) ?? []), edge]);
  const isCandidate = (id: string): boolean => {
    const node = nodes.get(id);
    return !covered.has(id) && node !== undefined && isListed(node);
  };
  const candidates = new Set([...byNode.keys()].filter(isCandidate));
  const picks: Pick[] = [];
  let totalCompleted = edges.filter((edge) => isComplete(edge, covered)).length;
  while (candidates.size > 0) {
    const best = bestOf(candidates, byNode, covered);
    const node = nodes.get(best.id);
    if (node === undefined) throw new Error(`edge without node ${best.id}`);
    candidates.delete(best.id);
    covered.add(best.id);
    totalCompleted += best.completed;
    const own = byNode.get(best.id) ?? [];
    picks.push({
      node,
      score: best.score,
      edgesCompleted: best.completed,
      totalCompleted,
      connectionsShare: best.connections / Math.max(1, totalConnections),
      darkNeighbors: darkNeighbors(own, covered, nodes),
      failingEdges: own.filter(({ edge }) => failureCount(edge) > 0).length,
      language: newestDescription(node)?.language ?? null,
    });
  }
  return picks;
}

interface Candidate {
  readonly id: string;
  readonly score: number;
  readonly completed: number;
  readonly connections: number;
}

function bestOf(
  candidates: ReadonlySet<string>,
  byNode: ReadonlyMap<string, readonly NeededEdge[]>,
  covered: ReadonlySet<string>,
): Candidate {
  let best: Candidate | null = null;
  for (const id of candidates) {
    const candidate = scored(id, byNode.get(id) ?? [], covered);
    if (best === null || isBetter(candidate, best)) best = candidate;
  }
  if (best === null) throw new Error("no candidate");
  return best;
}

function scored(id: string, edges: readonly NeededEdge[], covered: ReadonlySet<string>): Candidate {
  const completing = edges.filter(({ needed }) => needed.every((end) => end === id || covered.has(end)));
  return {
    id,
    score: sum(edges.map(({ needed }) => 1 / needed.length)) + completing.length,
    completed: completing.length,
    connections: sum(edges.map(({ connections }) => connections)),
  };
}

/** Ties: more connections, then the smaller id. */
function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.score !== b.score) return a.score > b.score;
  if (a.connections !== b.connections) return a.connections > b.connections;
  return compareText(a.id, b.id) < 0;
}

function isComplete({ needed }: NeededEdge, covered: ReadonlySet<string>): boolean {
  return needed.every((id) => covered.has(id));
}

function darkNeighbors(
  edges: readonly NeededEdge[],
  covered: ReadonlySet<string>,
  nodes: ReadonlyMap<string, GraphNode>,
): readonly GraphNode[] {
  const ids = new Set(edges.flatMap(({ needed }) => needed).filter((id) => !covered.has(id)));
  return [...ids].sort(compareText).flatMap((id) => nodes.get(id) ?? []);
}

/** Connections that are no export of telemetry, which is no part of the application. */
function applicationConnections(edge: GraphEdge): number {
  return connectionCount(edge) - sum(edge.flows.filter(isExport).map(({ count }) => count));
}

function isExport({ dialledPort, servedPort }: Flow): boolean {
  return spanPorts(dialledPort, servedPort) === "otlp";
}

/** What the agents would know of each node after all connections of the graph. */
function tracedEnds(graph: ServiceGraph): ReadonlyMap<string, TracedEnd> {
  const servedPorts = portsByServer(graph.edges);
  // A refused port shows neither a Collector nor spans.
  const established = graph.edges.map((edge) => ({
    ...edge,
    flows: edge.flows.filter(({ count, failed }) => count > failed),
  }));
  const workloads = new Set(graph.nodes.filter(({ type }) => type === "workload").map(({ id }) => id));
  const exporting = established.filter(({ flows, server }) => workloads.has(server) && flows.some(isExport));
  const receivers = new Set(exporting.map(({ server }) => server));
  const isSender = ({ flows, server }: GraphEdge): boolean =>
    flows.some((flow) => {
      const ports = spanPorts(flow.dialledPort, flow.servedPort);
      return ports === "otlp" || (ports === "spans" && receivers.has(server));
    });
  const senders = new Set(established.filter(isSender).map(({ client }) => client));
  return new Map(
    graph.nodes.map((node) => {
      const { id, type, name, kind } = node;
      const observed = { received: receivers.has(id), sent: senders.has(id) };
      const role = type === "workload" ? spanRole(kind, ownSpans(node), observed) : "none";
      return [id, { type, name, servedPorts: servedPorts.get(id) ?? NONE, role }];
    }),
  );
}

function ownSpans(node: GraphNode): OwnSpans {
  return newestDescription(node)?.ownSpans ?? "unsaid";
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
