import { compareText } from "../../graph/order.ts";
import type { GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { podsOf } from "../pods-of.ts";
import { dependentsCounter } from "./blast-radius.ts";

/** What a workload loses with one Kubernetes node. */
export interface PodLoss {
  readonly node: GraphNode;
  /** Ready pods on the lost node. */
  readonly lost: number;
  /** Ready pods in all. */
  readonly ready: number;
}

/** Workloads that lose ready pods with a Kubernetes node, sorted by id. */
export interface NodeLoss {
  /** They lose all ready pods: they are down until their pods start elsewhere. */
  readonly all: readonly PodLoss[];
  readonly some: readonly PodLoss[];
}

export function lossOfNode(graph: ServiceGraph, name: string): NodeLoss {
  const losses = graph.nodes.flatMap((node): PodLoss[] => {
    const { ready, byNode } = podsOf(node);
    const lost = byNode.get(name)?.ready ?? 0;
    return lost === 0 ? [] : [{ node, lost, ready }];
  });
  losses.sort((a, b) => compareText(a.node.id, b.node.id));
  return {
    all: losses.filter(({ lost, ready }) => lost >= ready),
    some: losses.filter(({ lost, ready }) => lost < ready),
  };
}

/** Names of the Kubernetes nodes on which the graph's workloads have pods, sorted. */
export function nodesWithPods(graph: ServiceGraph): readonly string[] {
  return [...new Set(graph.nodes.flatMap((node) => [...podsOf(node).byNode.keys()]))].sort(compareText);
}

/** A workload that one failure stops. */
export interface SinglePoint {
  readonly node: GraphNode;
  readonly ready: number;
  /** The Kubernetes node with all its ready pods. */
  readonly on: string;
  /** Workloads and Services that depend on it, directly or through others. */
  readonly dependents: number;
}

/**
 * Workloads whose ready pods are all on one Kubernetes node, and on which others depend; those with the most dependents
 * first. `on` limits them to that Kubernetes node.
 */
export function singlePoints(graph: ServiceGraph, on: string | null): readonly SinglePoint[] {
  const dependentsOf = dependentsCounter(graph);
  const points = graph.nodes.flatMap((node): SinglePoint[] => {
    const withPods = [...podsOf(node).byNode].filter(([, { ready }]) => ready > 0);
    const [only] = withPods;
    if (only === undefined || withPods.length > 1 || (on !== null && only[0] !== on)) return [];
    const dependents = dependentsOf(node);
    return dependents === 0 ? [] : [{ node, ready: only[1].ready, on: only[0], dependents }];
  });
  return points.sort((a, b) => b.dependents - a.dependents || compareText(a.node.id, b.node.id));
}
