import type { GraphNode } from "../model/service-graph.ts";
import { countText } from "../text/number-text.ts";
import { type FlowchartEdge, flowchart } from "./flowchart.ts";

/** Mermaid draws no diagram beyond these defaults: https://mermaid.js.org/config/schema-docs/config.html */
const MAX_EDGES = 500;
const MAX_CHARACTERS = 50_000;

interface Chart {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly FlowchartEdge[];
}

/**
 * A flowchart that Mermaid draws: the whole chart, or if Mermaid would refuse it, the folded one with as many edges as fit,
 * the first ones, and a comment at the end that says so.
 */
export function fittingFlowchart(whole: Chart, fold: () => Chart): string {
  if (whole.edges.length <= MAX_EDGES) {
    const text = flowchart(whole.nodes, whole.edges);
    if (text.length <= MAX_CHARACTERS) return text;
  }
  const { nodes, edges } = fold();
  for (let count = Math.min(edges.length, MAX_EDGES); ; count = Math.floor(count * 0.8)) {
    const shown = edges.slice(0, count);
    const ends = new Set(shown.flatMap(({ client, server }) => [client, server]));
    const text = flowchart(count === edges.length ? nodes : nodes.filter(({ id }) => ends.has(id)), shown);
    const rest = edges.length - count;
    const omitted = rest === 0 ? "" : ` ${countText(rest, "edge")} between namespaces omitted.`;
    const comment = `%% Folded by namespace: Mermaid does not draw ${countText(whole.edges.length, "edge")}.${omitted}\n`;
    if (text.length + comment.length <= MAX_CHARACTERS || count === 0) return `${text}${comment}`;
  }
}
