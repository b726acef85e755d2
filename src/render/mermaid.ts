import type { ServiceGraph } from "../model/service-graph.ts";
import { countText } from "../text/number-text.ts";
import { flowchart } from "./flowchart.ts";
import { type Bundle, foldByNamespace } from "./folded-graph.ts";
import { edgeLabel, failureCount } from "./labels/edge-figures.ts";

const FAILED_COLOR = "#dc2626";
/** Mermaid draws no diagram beyond these defaults: https://mermaid.js.org/config/schema-docs/config.html */
const MAX_EDGES = 500;
const MAX_CHARACTERS = 50_000;

/**
 * The graph as a Mermaid flowchart; failed edges are dotted and red. A graph that Mermaid would refuse is folded by
 * namespace, and a comment at the end says so.
 */
export function graphMermaid(graph: ServiceGraph): string {
  if (graph.edges.length <= MAX_EDGES) {
    const whole = wholeFlowchart(graph);
    if (whole.length <= MAX_CHARACTERS) return whole;
  }
  return foldedFlowchart(graph);
}

function wholeFlowchart({ nodes, edges }: ServiceGraph): string {
  return flowchart(
    nodes,
    edges.map((edge) => {
      const { client, server } = edge;
      return { client, server, label: edgeLabel(edge), ...look(failureCount(edge) > 0) };
    }),
  );
}

function look(isFailed: boolean): { readonly isDotted: boolean; readonly color: string | null } {
  return { isDotted: isFailed, color: isFailed ? FAILED_COLOR : null };
}

/** As many bundles as fit, those with failures first. */
function foldedFlowchart(graph: ServiceGraph): string {
  const { nodes, bundles } = foldByNamespace(graph);
  for (let count = Math.min(bundles.length, MAX_EDGES); ; count = Math.floor(count * 0.8)) {
    const shown = bundles.slice(0, count);
    const ends = new Set(shown.flatMap(({ client, server }) => [client, server]));
    const text = flowchart(
      count === bundles.length ? nodes : nodes.filter(({ id }) => ends.has(id)),
      shown.map((bundle) => ({ ...bundle, label: bundleLabel(bundle), ...look(bundle.failed > 0) })),
    );
    const rest = bundles.length - count;
    const omitted = rest === 0 ? "" : ` ${countText(rest, "edge")} between namespaces omitted.`;
    const comment = `%% Folded by namespace: Mermaid does not draw ${countText(graph.edges.length, "edge")}.${omitted}\n`;
    if (text.length + comment.length <= MAX_CHARACTERS || count === 0) return `${text}${comment}`;
  }
}

/** `120 (3 failed)`; without connections, `4 lookups`. */
function bundleLabel({ connections, lookups, failed }: Bundle): string {
  const count = connections > 0 ? `${connections}` : countText(lookups, "lookup");
  return failed === 0 ? count : `${count} (${failed} failed)`;
}
