/// <reference lib="dom" />

import type { MapData, MapEdge } from "../../model/map-data.ts";
import { makeElement } from "./make-element.ts";
import { countText, numberText, type RowMaker } from "./panel-parts.ts";

/** A row for each edge with a title, failing ones first, then by connections. */
export function edgeRows(
  data: MapData,
  edges: readonly MapEdge[],
  title: (edge: MapEdge) => string,
  rows: RowMaker,
): HTMLElement[] {
  return [...edges]
    .sort((a, b) => Number(b.failed > 0) - Number(a.failed > 0) || b.connections - a.connections)
    .map((edge) =>
      rows.row({ type: "edge", index: data.edges.indexOf(edge) }, title(edge), edgeDetail(edge), countBadge(edge)),
    );
}

/** `client → server`. */
export function edgeTitle({ nodes }: MapData, { client, server }: MapEdge): string {
  return `${nodes[client]?.label ?? ""} → ${nodes[server]?.label ?? ""}`;
}

export function connectionsOf(edges: readonly MapEdge[]): number {
  return edges.reduce((sum, { connections }) => sum + connections, 0);
}

export function failuresOf(edges: readonly MapEdge[]): number {
  return edges.reduce((sum, { failed }) => sum + failed, 0);
}

function edgeDetail({ connections, ports, handshake: [p50] }: MapEdge): string {
  const parts = [countText(connections, "connection")];
  if (ports !== "") parts.push(`port ${ports}`);
  if (p50) parts.push(`p50 ${p50}`);
  return parts.join(" · ");
}

function countBadge({ failed, connections }: MapEdge): HTMLElement {
  if (failed > 0) return makeElement("span", "badge bad", `${numberText(failed)} failed`);
  return makeElement("span", "badge", connections > 0 ? numberText(connections) : "lookup");
}
