import type { GraphNode } from "../model/service-graph.ts";
import { visibleText } from "../model/visible-text.ts";

/** A node on one line of text: `shop/orders`, `shop/gone (service)`, `api.example.com (external)`, `node`. */
export function nodeLabel(node: GraphNode): string {
  const name = node.namespace === null ? node.name : `${node.namespace}/${node.name}`;
  const type = node.type === "workload" || node.name === node.type ? "" : ` (${node.type})`;
  return visibleText(name) + type;
}
