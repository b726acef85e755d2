/// <reference lib="dom" />
import type { MapEdge } from "../../model/map-data.ts";
import { edgeRows, edgeTitle } from "./edge-rows.ts";
import { makeElement } from "./make-element.ts";
import type { PanelContext } from "./panel-context.ts";
import { actionButton, heading, type RowMaker, section } from "./panel-parts.ts";

/** Details of a namespace: the edges that cross its border, and its members. */
export function namespaceDetails(context: PanelContext, index: number, rows: RowMaker): HTMLElement[] {
  const { data, groups, shown, edges, actions } = context;
  const { nodes } = data;
  const isInside = (node: number): boolean => groups.of(node) === index;
  const isFolded = context.folded.has(index);
  const crossing = edges.filter(({ client, server }) => isInside(client) !== isInside(server));
  const crossingRows = (isWanted: (edge: MapEdge) => boolean): HTMLElement[] =>
    edgeRows(data, crossing.filter(isWanted), (edge) => edgeTitle(data, edge), rows);
  const members = nodes.flatMap(({ title, kind }, node) =>
    isInside(node) && shown.nodes.has(node) ? [rows.row({ type: "node", index: node }, title, kind)] : [],
  );
  return [
    heading(index < data.namespaces.length ? "namespace" : "group", groups.all[index]?.title ?? "", "space"),
    makeElement(
      "div",
      "actions",
      actionButton(isFolded ? "Unfold" : "Fold", () => actions.toggleFold(index), "Enter"),
      ...(index < data.namespaces.length
        ? [actionButton("Only this namespace", () => actions.onlyNamespace(index))]
        : []),
    ),
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
