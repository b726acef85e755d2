/// <reference lib="dom" />
import type { End } from "../view/drawn.ts";
import { edgeRows, edgeTitle, failuresOf } from "./edge-rows.ts";
import type { PanelContext } from "./panel-context.ts";
import { heading, type RowMaker, section } from "./panel-parts.ts";

/** Details of a bundle: its edges. */
export function bundleDetails({ data, groups, bundles }: PanelContext, index: number, rows: RowMaker): HTMLElement[] {
  const bundle = bundles[index];
  if (bundle === undefined) return [];
  const edges = bundle.edges.flatMap((edge) => data.edges[edge] ?? []);
  const name = ({ type, index: end }: End): string =>
    (type === "group" ? groups.all[end]?.title : data.nodes[end]?.label) ?? "";
  const dot = failuresOf(edges) > 0 ? "failure" : "line";
  return [
    heading("bundle of edges", `${name(bundle.from)} → ${name(bundle.to)}`, dot),
    section(
      "Edges",
      edgeRows(data, edges, (edge) => edgeTitle(data, edge), rows),
      "",
    ),
  ];
}
