/// <reference lib="dom" />

import { connectionsOf, edgeRows, edgeTitle } from "./edge-rows.ts";
import { makeElement } from "./make-element.ts";
import type { PanelContext } from "./panel-context.ts";
import { countText, figure, heading, type RowMaker, section } from "./panel-parts.ts";

/** The whole graph: figures, failing edges, namespaces. */
export function overview({ data, groups, shown, edges }: PanelContext, rows: RowMaker): HTMLElement[] {
  const failing = edges.filter(({ failed }) => failed > 0);
  const namespaces = groups.all.flatMap(({ title, members }, index) => {
    const size = members.filter((node) => shown.nodes.has(node)).length;
    const badge = makeElement("span", "badge", countText(size, "node"));
    return size === 0 ? [] : [rows.row({ type: "namespace", index }, title, "", badge)];
  });
  return [
    heading("overview", "Service graph", ""),
    makeElement(
      "div",
      "figures four",
      figure(shown.nodes.size, "nodes"),
      figure(edges.length, "edges"),
      figure(connectionsOf(edges), "connections"),
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
