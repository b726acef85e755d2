import { compareText } from "../../graph/order.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { connectionCount, failureCount } from "../../render/labels/edge-figures.ts";
import { Steps } from "./steps.ts";

/** `callers`: who depends on the target. `needs`: what the target depends on. */
export type Direction = "callers" | "needs";

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

/** Breadth-first search from the targets, against the calls for callers and along them for needs. */
export function reach(graph: ServiceGraph, targets: readonly GraphNode[], options: ReachOptions): Reach {
  const { direction, maxDepth, whole = graph } = options;
  const steps = new Steps(graph, direction, targets);
  const alike = steps.alike(targets);
  const isTarget = new Set([...targets, ...alike].map(({ id }) => id));
  const found = new Map<string, Hit>();
  const sent = direction === "callers" ? connectionsSent(whole) : null;
  let frontier: readonly { readonly node: GraphNode; readonly path: readonly GraphNode[] }[] = [
    ...targets,
    ...alike,
  ].map((node) => ({ node, path: [node] }));
  for (let distance = 1; frontier.length > 0 && (maxDepth === null || distance <= maxDepth); distance++) {
    const next = new Map<string, Hit>();
    for (const { node, path } of frontier) {
      for (const { to, edge } of steps.from(node)) {
        if (isTarget.has(to.id) || found.has(to.id) || !carriesFailure(edge)) continue;
        const known = next.get(to.id);
        const share =
          distance === 1 && sent !== null ? (known?.share ?? 0) + connectionCount(edge) / (sent.get(to.id) ?? 1) : null;
        // Of several shortest paths, one with the most connections at this node.
        const isBusiest = known === undefined || connectionCount(edge) > connectionCount(known.edge);
        const longer = longerPath(path, to, direction);
        next.set(to.id, isBusiest ? { node: to, distance, path: longer, edge, share } : { ...known, share });
      }
    }
    for (const hit of [...next.values()].filter(({ node }) => isPassage(node))) {
      for (const node of steps.alike([hit.node])) {
        if (isTarget.has(node.id) || found.has(node.id) || next.has(node.id)) continue;
        next.set(node.id, { ...hit, node, path: longerPath(hit.path, node, direction), share: null });
      }
    }
    for (const [id, hit] of next) found.set(id, hit);
    frontier = [...next.values()].filter(({ node }) => isPassage(node));
  }
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
    ...asideOf(steps, [...targets, ...alike], found, maxDepth),
    loops: loopsOf(steps, isTarget, [...found.values()], direction),
  };
}

/** Counts what a failure of a node reaches: as many nodes as `reach` hits, many times faster for many nodes of one graph. */
export function dependentsCounter(graph: ServiceGraph): (target: GraphNode) => number {
  const steps = new Steps(graph, "callers", []);
  return (target) => {
    const queue = [target, ...steps.alike([target])];
    const reached = new Set(queue.map(({ id }) => id));
    let count = 0;
    for (const node of queue) {
      for (const { to, edge } of steps.from(node)) {
        if (!carriesFailure(edge) || reached.has(to.id)) continue;
        for (const one of isPassage(to) ? [to, ...steps.alike([to])] : [to]) {
          if (reached.has(one.id)) continue;
          reached.add(one.id);
          if (one.type !== "external") count++;
          if (isPassage(one)) queue.push(one);
        }
      }
    }
    return count;
  };
}

/** The path in the direction of the calls, with one more node at its far end. */
function longerPath(path: readonly GraphNode[], node: GraphNode, direction: Direction): readonly GraphNode[] {
  return direction === "callers" ? [node, ...path] : [...path, node];
}

/** An edge that only fails is failing already; a lookup alone shows no dependency. */
function carriesFailure(edge: GraphEdge): boolean {
  return edge.outcomes.established > 0;
}

/**
 * Whether paths lead through a node. All Kubernetes nodes may be one node of the graph, and which process connected is
 * unknown; an unresolved or external end is not one party.
 */
function isPassage({ type }: GraphNode): boolean {
  return type === "workload" || type === "service";
}

function connectionsSent(graph: ServiceGraph): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  for (const edge of graph.edges) sent.set(edge.client, (sent.get(edge.client) ?? 0) + connectionCount(edge));
  return sent;
}

function asideOf(
  steps: Steps,
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
  const passages = [...targets, ...[...found.values()].map(({ node }) => node).filter(isPassage)];
  for (const node of passages) {
    for (const { to, edge } of steps.from(node)) {
      const ends = edge.client === node.id ? { client: node, server: to } : { client: to, server: node };
      const aside = { ...ends, edge };
      if (carriesFailure(edge)) {
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
  steps: Steps,
  isTarget: ReadonlySet<string>,
  hits: readonly Hit[],
  direction: Direction,
): (readonly GraphNode[])[] {
  return hits.flatMap(({ node, path }) => {
    const target = direction === "callers" ? path.at(-1) : path[0];
    if (target === undefined || !isTarget.has(target.id) || !isPassage(node)) return [];
    const isClosed = steps.from(node).some(({ to, edge }) => to.id === target.id && carriesFailure(edge));
    if (!isClosed) return [];
    return [direction === "callers" ? [target, ...path] : [...path, target]];
  });
}
