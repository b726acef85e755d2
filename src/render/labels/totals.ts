import type { GraphEdge, ServiceGraph } from "../../model/service-graph.ts";
import { countText } from "../../text/number-text.ts";
import { connectionCount, failureCount, lookupCount } from "./edge-figures.ts";

function total(edges: readonly GraphEdge[], count: (edge: GraphEdge) => number): number {
  return edges.reduce((sum, edge) => sum + count(edge), 0);
}

/** `15 nodes, 16 edges, 120 connections, 3 lookups, 10 failed on 2 edges`. */
export function totalsText({ nodes, edges }: ServiceGraph): string {
  const bothInstrumented = total(edges, (edge) => edge.bothInstrumented);
  const failedEdges = edges.filter((edge) => failureCount(edge) > 0).length;
  return [
    countText(nodes.length, "node"),
    countText(edges.length, "edge"),
    countText(total(edges, connectionCount), "connection"),
    countText(total(edges, lookupCount), "lookup"),
    `${total(edges, failureCount)} failed on ${countText(failedEdges, "edge")}`,
    ...(bothInstrumented === 0 ? [] : [`${bothInstrumented} between instrumented workloads`]),
  ].join(", ");
}
