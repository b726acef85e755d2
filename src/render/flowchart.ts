import type { GraphNode } from "../model/service-graph.ts";
import { visibleText } from "../text/visible-text.ts";
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

/** A drawn edge between two nodes. */
export interface FlowchartEdge {
  /** `GraphNode.id` of both ends. */
  readonly client: string;
  readonly server: string;
  readonly label: string;
  readonly isDotted: boolean;
  /** Color of the line and its label; null for the default. */
  readonly color: string | null;
}

/**
 * A Mermaid flowchart for Markdown on GitHub and GitLab: namespaces are subgraphs. Identifiers are numbered (`n0`, `s0`),
 * so that no name is a keyword.
 */
export function flowchart(graphNodes: readonly GraphNode[], edges: readonly FlowchartEdge[]): string {
  const ids = new Map(graphNodes.map((node, index) => [node.id, `n${index}`]));
  const nodeLine = (node: GraphNode): string => {
    const [open, close] = SHAPES[node.type];
    return `${ids.get(node.id)}${open}${mermaidText(shownName(node))}${close}:::${node.type}Node`;
  };
  const { namespaces, others } = byNamespace(graphNodes);
  const lines = ["flowchart LR"];
  namespaces.forEach(({ namespace, nodes }, index) => {
    lines.push(`  subgraph s${index} [${mermaidText(namespace)}]`);
    lines.push(...nodes.map((node) => `    ${nodeLine(node)}`), "  end");
  });
  lines.push(...others.map((node) => `  ${nodeLine(node)}`));
  const byColor = new Map<string, number[]>();
  edges.forEach(({ client, server, label, isDotted, color }, index) => {
    if (color !== null) byColor.set(color, [...(byColor.get(color) ?? []), index]);
    lines.push(`  ${ids.get(client)} ${isDotted ? "-.->" : "-->"}|${mermaidText(label)}| ${ids.get(server)}`);
  });
  for (const [color, indexes] of byColor) {
    lines.push(`  linkStyle ${indexes.join(",")} stroke:${color},color:${color}`);
  }
  lines.push("  classDef workloadNode fill:#dbeafe,stroke:#3b82f6,color:#0f172a");
  lines.push("  classDef serviceNode fill:#ede9fe,stroke:#8b5cf6,color:#0f172a");
  lines.push("  classDef nodeNode fill:#e5e7eb,stroke:#6b7280,color:#0f172a");
  lines.push("  classDef externalNode fill:#fef3c7,stroke:#d97706,color:#0f172a");
  lines.push("  classDef unresolvedNode fill:#fee2e2,stroke:#dc2626,color:#0f172a");
  return `${lines.join("\n")}\n`;
}
