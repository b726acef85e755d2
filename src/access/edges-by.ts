import type { GraphEdge } from "../model/service-graph.ts";

/** Edges in groups, in their order. */
export function edgesBy(
  edges: readonly GraphEdge[],
  keyOf: (edge: GraphEdge) => string,
): ReadonlyMap<string, readonly GraphEdge[]> {
  const groups = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const group = groups.get(keyOf(edge));
    if (group === undefined) groups.set(keyOf(edge), [edge]);
    else group.push(edge);
  }
  return groups;
}
