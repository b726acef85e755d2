import { compareText } from "../../graph/order.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import type { Direction } from "../../reach/failure-ways.ts";
import { carriesFailure, isPassage, search } from "../../reach/search.ts";
import { connectionCount, failureCount } from "../../render/labels/edge-figures.ts";
import { GraphWays } from "./graph-ways.ts";

/** A node that a failure of the target reaches, or that the target needs. */
export interface Hit {
  readonly node: GraphNode;
  /** Edges between it and the target: 1 for a direct caller. Between a Service and a workload behind it is none. */
  readonly distance: number;
  /** A shortest path in the direction of the calls, both ends included: from the node to the target, or from it. */
  readonly path: readonly GraphNode[];
  /** The edge of the path at this node, that with the most connections. */
  readonly edge: GraphEdge;
  /** Of all connections of this caller, the share that goes to the targets; null unless it is a direct caller. */
  readonly share: number | null;
}

/** An edge into the reach that is no path of a new failure. */
export interface AsideEdge {
  readonly client: GraphNode;
  readonly server: GraphNode;
  readonly edge: GraphEdge;
}

export interface Reach {
  readonly direction: Direction;
  /** As they were named. */
  readonly targets: readonly GraphNode[];
  /**
   * What fails with the targets, or is needed like them, because no packet showed which workload behind a Service served:
   * Services that may lead to a target; with `needs`, workloads to which a target may lead.
   */
  readonly alike: readonly GraphNode[];
  /** Sorted by distance, then connections of the edge (most first), then id. */
  readonly hits: readonly Hit[];
  /** Edges that only fail: their clients are not newly affected. */
  readonly alreadyFailing: readonly AsideEdge[];
  /** Edges of lookups without any connection: whether their clients depend on them is unknown. */
  readonly lookupsOnly: readonly AsideEdge[];
  /** External clients of what is hit: the failure is visible outside the cluster. */
  readonly outside: readonly AsideEdge[];
  /** Loops through a target, in the direction of the calls; the first node is also the last. */
  readonly loops: readonly (readonly GraphNode[])[];
}

interface ReachOptions {
  readonly direction: Direction;
  /** The graph with all connections of a caller: `share` is a part of them; the searched graph by default. */
  readonly whole?: ServiceGraph;
  /** Null: no limit. */
  readonly maxDepth: number | null;
}

/** Searches from the targets, against the calls for callers and along them for needs. */
export function reach(graph: ServiceGraph, targets: readonly GraphNode[], options: ReachOptions): Reach {
  const { direction, maxDepth, whole = graph } = options;
  const ways = new GraphWays(graph, direction, targets);
  const alike = ways.alike(targets);
  const found = new Map<string, Hit>();
  const sent = direction === "callers" ? connectionsSent(whole) : null;
  const ids = targets.map(({ id }) => id);
  const pathTo = (id: string): readonly GraphNode[] => found.get(id)?.path ?? [ways.node(id)];
  for (const level of search(ways.ways, ways, ids, maxDepth)) {
    const { distance } = level;
    for (const [id, steps] of level.reached) {
      const node = ways.node(id);
      // Of several shortest paths, the first with the most connections at this node.
      const { to, edge } = steps.reduce((a, b) => (connectionCount(b.edge) > connectionCount(a.edge) ? b : a));
      const connections = steps.reduce((sum, step) => sum + connectionCount(step.edge), 0);
      const share = distance === 1 && sent !== null ? connections / (sent.get(id) ?? 1) : null;
      found.set(id, { node, distance, path: longerPath(pathTo(to), node, direction), edge, share });
    }
    for (const [id, like] of level.alike) {
      const hit = found.get(like);
      if (hit === undefined) continue;
      const node = ways.node(id);
      found.set(id, { ...hit, node, path: longerPath(hit.path, node, direction), share: null });
    }
  }
  const isTarget = new Set([...ids, ...alike.map(({ id }) => id)]);
  const hits = [...found.values()].filter(({ node }) => direction === "needs" || node.type !== "external");
  return {
    direction,
    targets,
    alike,
    hits: hits.sort(
      (a, b) =>
        a.distance - b.distance ||
        connectionCount(b.edge) - connectionCount(a.edge) ||
        compareText(a.node.id, b.node.id),
    ),
    ...asideOf(ways, [...targets, ...alike], found, maxDepth),
    loops: loopsOf(ways, isTarget, [...found.values()], direction),
  };
}

/** Counts what a failure of a node reaches: as many nodes as `reach` hits, many times faster for many nodes of one graph. */
export function dependentsCounter(graph: ServiceGraph): (target: GraphNode) => number {
  const ways = new GraphWays(graph, "callers", []);
  return ({ id }) => {
    let count = 0;
    for (const { reached, alike } of search(ways.ways, ways, [id], null)) {
      for (const ids of [reached, alike]) for (const one of ids.keys()) if (ways.type(one) !== "external") count++;
    }
    return count;
  };
}

/** The path in the direction of the calls, with one more node at its far end. */
function longerPath(path: readonly GraphNode[], node: GraphNode, direction: Direction): readonly GraphNode[] {
  return direction === "callers" ? [node, ...path] : [...path, node];
}

function connectionsSent(graph: ServiceGraph): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  for (const edge of graph.edges) sent.set(edge.client, (sent.get(edge.client) ?? 0) + connectionCount(edge));
  return sent;
}

function asideOf(
  ways: GraphWays,
  targets: readonly GraphNode[],
  found: ReadonlyMap<string, Hit>,
  maxDepth: number | null,
): Pick<Reach, "alreadyFailing" | "lookupsOnly" | "outside"> {
  const reached = new Set([...targets.map(({ id }) => id), ...found.keys()]);
  // An edge at a hit is one step further than the hit.
  const isBeyond = ({ id }: GraphNode): boolean => maxDepth !== null && (found.get(id)?.distance ?? 0) >= maxDepth;
  const alreadyFailing: AsideEdge[] = [];
  const lookupsOnly: AsideEdge[] = [];
  const outside: AsideEdge[] = [];
  const passages = [...targets, ...[...found.values()].map(({ node }) => node).filter(({ id }) => isPassage(id, ways))];
  for (const node of passages) {
    for (const { to, edge } of ways.steps(node)) {
      const ends = edge.client === node.id ? { client: node, server: to } : { client: to, server: node };
      const aside = { ...ends, edge };
      if (carriesFailure(edge, ways)) {
        if (aside.client.type === "external") outside.push(aside);
      } else if (isBeyond(node) || reached.has(to.id)) continue;
      else if (failureCount(edge) > 0) alreadyFailing.push(aside);
      else lookupsOnly.push(aside);
    }
  }
  return { alreadyFailing: sorted(alreadyFailing), lookupsOnly: sorted(lookupsOnly), outside: sorted(outside) };
}

function sorted(edges: readonly AsideEdge[]): readonly AsideEdge[] {
  return [...edges].sort((a, b) => compareText(a.server.id, b.server.id) || compareText(a.client.id, b.client.id));
}

/** A hit from which one more step leads back to the end of its own path closes a loop. */
function loopsOf(
  ways: GraphWays,
  isTarget: ReadonlySet<string>,
  hits: readonly Hit[],
  direction: Direction,
): (readonly GraphNode[])[] {
  return hits.flatMap(({ node, path }) => {
    const target = direction === "callers" ? path.at(-1) : path[0];
    if (target === undefined || !isTarget.has(target.id) || !isPassage(node.id, ways)) return [];
    const isClosed = ways.steps(node).some(({ to, edge }) => to.id === target.id && carriesFailure(edge, ways));
    if (!isClosed) return [];
    return [direction === "callers" ? [target, ...path] : [...path, target]];
  });
}
