import type { GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { visibleText } from "../text/visible-text.ts";
import { edgeLabel, failureCount } from "./labels/edge-figures.ts";
import { byNamespace } from "./labels/namespace-groups.ts";
import { shownName } from "./labels/node-label.ts";

/**
 * A text as a quoted Mermaid label. Special characters become entity codes (`#35;`): quotes, `#`, HTML and backquotes
 * (Markdown) have a meaning in labels.
 * https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
 */
function mermaidText(text: string): string {
  const escaped = visibleText(text).replace(
    /[^\p{L}\p{N} ._/,:()~…-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
  return `"${escaped}"`;
}

const SHAPES: Readonly<Record<GraphNode["type"], readonly [string, string]>> = {
  workload: ["(", ")"],
  service: ["([", "])"],
  node: ["[", "]"],
  external: ["{{", "}}"],
  unresolved: [">", "]"],
};

/**
 * The graph as a Mermaid flowchart for Markdown on GitHub and GitLab: namespaces are subgraphs, failed edges are dotted
 * and red. Identifiers are numbered (`n0`, `s0`), so that no name is a keyword.
 */
export function graphMermaid(graph: ServiceGraph): string {
  const ids = new Map(graph.nodes.map((node, index) => [node.id, `n${index}`]));
  const nodeLine = (node: GraphNode): string => {
    const [open, close] = SHAPES[node.type];
    return `${ids.get(node.id)}${open}${mermaidText(shownName(node))}${close}:::${node.type}Node`;
  };
  const { namespaces, others } = byNamespace(graph.nodes);
  const lines = ["flowchart LR"];
  namespaces.forEach(({ namespace, nodes }, index) => {
    lines.push(`  subgraph s${index} [${mermaidText(namespace)}]`);
    lines.push(...nodes.map((node) => `    ${nodeLine(node)}`), "  end");
  });
  lines.push(...others.map((node) => `  ${nodeLine(node)}`));
  const failed: number[] = [];
  graph.edges.forEach((edge, index) => {
    const isFailed = failureCount(edge) > 0;
    if (isFailed) failed.push(index);
    const arrow = isFailed ? "-.->" : "-->";
    lines.push(`  ${ids.get(edge.client)} ${arrow}|${mermaidText(edgeLabel(edge))}| ${ids.get(edge.server)}`);
  });
  if (failed.length > 0) lines.push(`  linkStyle ${failed.join(",")} stroke:#dc2626,color:#dc2626`);
  lines.push("  classDef workloadNode fill:#dbeafe,stroke:#3b82f6,color:#0f172a");
  lines.push("  classDef serviceNode fill:#ede9fe,stroke:#8b5cf6,color:#0f172a");
  lines.push("  classDef nodeNode fill:#e5e7eb,stroke:#6b7280,color:#0f172a");
  lines.push("  classDef externalNode fill:#fef3c7,stroke:#d97706,color:#0f172a");
  lines.push("  classDef unresolvedNode fill:#fee2e2,stroke:#dc2626,color:#0f172a");
  return `${lines.join("\n")}\n`;
}
