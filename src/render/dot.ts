import type { GraphEdge, GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { dotText } from "../text/visible-text.ts";
import { edgeLabel, failureCount, portText } from "./labels/edge-figures.ts";
import { byNamespace } from "./labels/namespace-groups.ts";
import { shownName, typeText } from "./labels/node-label.ts";

const NODE_COLORS: Readonly<Record<GraphNode["type"], string>> = {
  workload: "#dbeafe",
  service: "#ede9fe",
  node: "#e5e7eb",
  external: "#fef3c7",
  unresolved: "#fee2e2",
};

function nodeLine(node: GraphNode, indent: string): string {
  const tooltip = dotText(`${node.kind ?? typeText(node)} ${node.name}`);
  const style = node.type === "workload" || node.type === "node" ? "rounded,filled" : "rounded,filled,dashed";
  return `${indent}${dotText(node.id)} [label=${dotText(shownName(node))} tooltip=${tooltip} style="${style}" fillcolor="${NODE_COLORS[node.type]}"];`;
}

function edgeLine(edge: GraphEdge): string {
  const attributes = [`label=${dotText(edgeLabel(edge))}`];
  const tooltip = [portText(edge) && `ports ${portText(edge)}`, ...edge.names].filter(Boolean).join(", ");
  attributes.push(`tooltip=${dotText(tooltip)}`);
  if (failureCount(edge) > 0) attributes.push('color="#dc2626" fontcolor="#dc2626" style="dashed"');
  return `  ${dotText(edge.client)} -> ${dotText(edge.server)} [${attributes.join(" ")}];`;
}

/** The graph as a Graphviz file: namespaces are clusters, edge labels are counts, failed edges are red and dashed. */
export function graphDot(graph: ServiceGraph): string {
  const { namespaces, others } = byNamespace(graph.nodes);
  const lines = [
    "digraph wirespan {",
    "  rankdir=LR;",
    '  node [shape=box fontname="Helvetica,Arial,sans-serif" color="#64748b"];',
    '  edge [fontname="Helvetica,Arial,sans-serif" fontsize=10 color="#64748b"];',
  ];
  namespaces.forEach(({ namespace, nodes }, index) => {
    lines.push(`  subgraph cluster_${index} {`);
    lines.push(
      `    label=${dotText(namespace)}; style="rounded"; color="#94a3b8"; fontname="Helvetica,Arial,sans-serif";`,
    );
    lines.push(...nodes.map((node) => nodeLine(node, "    ")), "  }");
  });
  lines.push(...others.map((node) => nodeLine(node, "  ")), ...graph.edges.map(edgeLine), "}");
  return `${lines.join("\n")}\n`;
}
