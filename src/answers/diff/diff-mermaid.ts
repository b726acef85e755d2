import { compareText } from "../../graph/order.ts";
import type { GraphNode } from "../../model/service-graph.ts";
import { fittingFlowchart } from "../../render/fitting-flowchart.ts";
import type { FlowchartEdge } from "../../render/flowchart.ts";
import { foldByNamespace } from "../../render/folded-graph.ts";
import { edgeLabel } from "../../render/labels/edge-figures.ts";
import { countText } from "../../text/number-text.ts";
import type { ChangedEdge, EdgeChange, GraphDiff } from "./graph-diff.ts";

const COLORS: Readonly<Record<EdgeChange, string>> = { added: "#16a34a", gone: "#6b7280", failing: "#dc2626" };

/** What a line of the diagram shows, in the order in which they are kept where not all fit. */
const LOOKS = [
  { change: "failing", isNewlyFailing: true },
  { change: "added", isNewlyFailing: true },
  { change: "added", isNewlyFailing: false },
  { change: "gone", isNewlyFailing: false },
] as const satisfies readonly { readonly change: EdgeChange; readonly isNewlyFailing: boolean }[];

/**
 * The differences as a Mermaid flowchart: new edges green, edges that are gone gray and dotted, failing ones red. More of
 * them than Mermaid draws are folded by namespace.
 */
export function diffMermaid({ changes }: GraphDiff): string {
  const ends = new Map(changes.flatMap(({ client, server }) => [client, server].map((node) => [node.id, node])));
  const nodes = [...ends.values()].sort((a, b) => compareText(a.id, b.id));
  return fittingFlowchart({ nodes, edges: changes.map(changeLine) }, () => folded(nodes, changes));
}

function changeLine({ change, edge, client, server, isNewlyFailing }: ChangedEdge): FlowchartEdge {
  return {
    client: client.id,
    server: server.id,
    label: `${change}: ${edgeLabel(edge)}`,
    ...look(change, isNewlyFailing),
  };
}

function look(change: EdgeChange, isNewlyFailing: boolean): { readonly isDotted: boolean; readonly color: string } {
  return { isDotted: change === "gone", color: isNewlyFailing ? COLORS.failing : COLORS[change] };
}

function folded(nodes: readonly GraphNode[], changes: readonly ChangedEdge[]) {
  const lines = LOOKS.flatMap(({ change, isNewlyFailing }) => {
    const some = changes.filter((one) => one.change === change && one.isNewlyFailing === isNewlyFailing);
    const { bundles } = foldByNamespace({ nodes, edges: some.map(({ edge }) => edge) });
    return bundles.map(({ client, server, edges, failed }): FlowchartEdge => {
      const failures = isNewlyFailing ? ` (${failed} failed)` : "";
      return {
        client,
        server,
        label: `${change}: ${countText(edges, "edge")}${failures}`,
        ...look(change, isNewlyFailing),
      };
    });
  });
  return { nodes: foldByNamespace({ nodes, edges: [] }).nodes, edges: lines };
}
