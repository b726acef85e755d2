/// <reference lib="dom" />
import type { MapData, MapEdge } from "../../model/map-data.ts";
import { edgeRows, edgeTitle } from "./edge-rows.ts";
import { heading, type RowMaker, section } from "./panel-parts.ts";

/** Details of a namespace: the edges that cross its border, and its members. */
export function namespaceDetails(data: MapData, index: number, rows: RowMaker): HTMLElement[] {
  const { nodes, edges } = data;
  const isInside = (node: number): boolean => nodes[node]?.namespace === index;
  const crossing = edges.filter(({ client, server }) => isInside(client) !== isInside(server));
  const crossingRows = (isWanted: (edge: MapEdge) => boolean): HTMLElement[] =>
    edgeRows(data, crossing.filter(isWanted), (edge) => edgeTitle(data, edge), rows);
  const members = nodes.flatMap(({ namespace, title, kind }, node) =>
    namespace === index ? [rows.row({ type: "node", index: node }, title, kind)] : [],
  );
  return [
    heading("namespace", data.namespaces[index]?.name ?? "", "space"),
    section(
      "Called from outside by",
      crossingRows(({ server }) => isInside(server)),
      "No caller observed.",
    ),
    section(
      "Calls outside",
      crossingRows(({ client }) => isInside(client)),
      "No call observed.",
    ),
    section("Members", members, ""),
  ];
}
