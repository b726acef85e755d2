import type { ServiceGraph } from "../model/service-graph.ts";
import { flowchart } from "./flowchart.ts";
import { edgeLabel, failureCount } from "./labels/edge-figures.ts";

const FAILED_COLOR = "#dc2626";

/** The graph as a Mermaid flowchart; failed edges are dotted and red. */
export function graphMermaid({ nodes, edges }: ServiceGraph): string {
  return flowchart(
    nodes,
    edges.map((edge) => {
      const isFailed = failureCount(edge) > 0;
      const { client, server } = edge;
      return { client, server, label: edgeLabel(edge), isDotted: isFailed, color: isFailed ? FAILED_COLOR : null };
    }),
  );
}
