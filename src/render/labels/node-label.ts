import type { GraphNode } from "../../model/service-graph.ts";
import { visibleText } from "../../text/visible-text.ts";

/** What a node is, in words, where its name alone does not say it. */
export function typeText({ type, isMissing }: GraphNode): string {
  return isMissing === true ? "no such service" : type;
}

/** Its name, where shape and colour say what it is: of a Service that does not exist they cannot. */
export function shownName(node: GraphNode): string {
  return node.isMissing === true ? `${node.name} (${typeText(node)})` : node.name;
}

/**
 * A node on one line of text: `shop/orders`, `shop/idle (service)`, `shop/gone (no such service)`,
 * `api.example.com (external)`, `node`.
 */
export function nodeLabel(node: GraphNode): string {
  const name = node.namespace === null ? node.name : `${node.namespace}/${node.name}`;
  const type = node.type === "workload" || node.name === node.type ? "" : ` (${typeText(node)})`;
  return visibleText(name) + type;
}
