import { compareText } from "../../graph/order.ts";
import type { GraphNode } from "../../model/service-graph.ts";
import { flowchart } from "../../render/flowchart.ts";
import { edgeLabel } from "../../render/labels/edge-figures.ts";
import type { EdgeChange, GraphDiff } from "./graph-diff.ts";

const COLORS: Readonly<Record<EdgeChange, string>> = { added: "#16a34a", gone: "#6b7280", failing: "#dc2626" };

/** The differences as a Mermaid flowchart: new edges green, edges that are gone gray and dotted, failing ones red. */
export function diffMermaid({ changes }: GraphDiff): string {
  const nodes = new Map<string, GraphNode>();
  for (const { client, server } of changes) {
    nodes.set(client.id, client);
    nodes.set(server.id, server);
  }
  return flowchart(
    [...nodes.values()].sort((a, b) => compareText(a.id, b.id)),
    changes.map(({ change, edge, client, server, isNewlyFailing }) => ({
      client: client.id,
      server: server.id,
      label: `${change}: ${edgeLabel(edge)}`,
      isDotted: change === "gone",
      color: isNewlyFailing ? COLORS.failing : COLORS[change],
    })),
  );
}
