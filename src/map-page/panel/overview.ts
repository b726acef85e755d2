/// <reference lib="dom" />

import type { MapData } from "../../model/map-data.ts";
import { connectionsOf, edgeRows, edgeTitle } from "./edge-rows.ts";
import { makeElement } from "./make-element.ts";
import { countText, figure, heading, type RowMaker, section } from "./panel-parts.ts";

/** The whole graph: figures, failing edges, namespaces. */
export function overview(data: MapData, rows: RowMaker): HTMLElement[] {
  const failing = data.edges.filter(({ failed }) => failed > 0);
  const namespaces = data.namespaces.map(({ name }, index) => {
    const size = data.nodes.filter(({ namespace }) => namespace === index).length;
    return rows.row({ type: "namespace", index }, name, "", makeElement("span", "badge", countText(size, "node")));
  });
  return [
    heading("overview", "Service graph", ""),
    makeElement(
      "div",
      "figures four",
      figure(data.nodes.length, "nodes"),
      figure(data.edges.length, "edges"),
      figure(connectionsOf(data.edges), "connections"),
      figure(failing.length, "failing edges", failing.length > 0),
    ),
    section(
      "Failing",
      edgeRows(data, failing, (edge) => edgeTitle(data, edge), rows),
      "No edge failed.",
    ),
    section("Namespaces", namespaces, "No namespaces: use a cluster file to see workloads."),
  ];
}
