import type { GraphNode } from "../../model/service-graph.ts";

interface NamespaceGroup {
  readonly namespace: string;
  readonly nodes: readonly GraphNode[];
}

/** Groups nodes by namespace, sorted by name; `others` have no namespace. The order of nodes in a group is kept. */
export function byNamespace(nodes: readonly GraphNode[]): {
  readonly namespaces: readonly NamespaceGroup[];
  readonly others: readonly GraphNode[];
} {
  const groups = new Map<string, GraphNode[]>();
  const others: GraphNode[] = [];
  for (const node of nodes) {
    if (node.namespace === null) {
      others.push(node);
      continue;
    }
    const group = groups.get(node.namespace);
    if (group) group.push(node);
    else groups.set(node.namespace, [node]);
  }
  const namespaces = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([namespace, members]) => ({ namespace, nodes: members }));
  return { namespaces, others };
}
