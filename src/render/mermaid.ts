import type { GraphEdge, ServiceGraph } from "../model/service-graph.ts";
import { countText } from "../text/number-text.ts";
import { fittingFlowchart } from "./fitting-flowchart.ts";
import type { FlowchartEdge } from "./flowchart.ts";
import { type Bundle, foldByNamespace } from "./folded-graph.ts";
import { edgeLabel, failureCount } from "./labels/edge-figures.ts";

const FAILED_COLOR = "#dc2626";

/**
 * The graph as a Mermaid flowchart; failed edges are dotted and red. A graph that Mermaid would refuse is folded by
 * namespace, edges with failures first.
 */
export function graphMermaid(graph: ServiceGraph): string {
  return fittingFlowchart({ nodes: graph.nodes, edges: graph.edges.map(edgeLine) }, () => {
    const { nodes, bundles } = foldByNamespace(graph);
    return { nodes, edges: bundles.map(bundleLine) };
  });
}

function edgeLine(edge: GraphEdge): FlowchartEdge {
  const { client, server } = edge;
  return { client, server, label: edgeLabel(edge), ...look(failureCount(edge) > 0) };
}

function bundleLine(bundle: Bundle): FlowchartEdge {
  const { client, server, failed } = bundle;
  return { client, server, label: bundleLabel(bundle), ...look(failed > 0) };
}

function look(isFailed: boolean): { readonly isDotted: boolean; readonly color: string | null } {
  return { isDotted: isFailed, color: isFailed ? FAILED_COLOR : null };
}

/** `120 (3 failed)`; without connections, `4 lookups`. */
function bundleLabel({ connections, lookups, failed }: Bundle): string {
  const count = connections > 0 ? `${connections}` : countText(lookups, "lookup");
  return failed === 0 ? count : `${count} (${failed} failed)`;
}
