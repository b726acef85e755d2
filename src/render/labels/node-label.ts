import type { GraphNode } from "../../model/service-graph.ts";
import { visibleText } from "../../text/visible-text.ts";

/** The type of a node in words. */
export function typeText({ type, isMissing }: GraphNode): string {
  return isMissing === true ? "no such service" : type;
}

/** The name of a node in formats whose shapes and colors show the type, which they cannot for a missing Service. */
export function shownName(node: GraphNode): string {
  return node.isMissing === true ? `${node.name} (${typeText(node)})` : node.name;
}

/**
 * A node in one line: `shop/orders`, `shop/idle (service)`, `shop/gone (no such service)`,
 * `api.example.com (external)`, `node`.
 */
export function nodeLabel(node: GraphNode): string {
  const name = node.namespace === null ? node.name : `${node.namespace}/${node.name}`;
  const type = node.type === "workload" || node.name === node.type ? "" : ` (${typeText(node)})`;
  return visibleText(name) + type;
}
