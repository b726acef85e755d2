/// <reference lib="dom" />
import type { MapEdge } from "../../model/map-data.ts";
import { makeElement } from "./make-element.ts";
import type { PanelContext } from "./panel-context.ts";
import { countText, numberText } from "./panel-parts.ts";

const MAX_ROWS = 3000;
const COLUMNS = [
  "client",
  "server",
  "connections",
  "failed",
  "outcomes",
  "ports",
  "names",
  "p50",
  "last seen",
] as const;

/** The edges of the view as a table, failing ones first, then by connections: the map without a drawing. */
export function edgeTable({ data, edges, actions }: PanelContext): HTMLElement[] {
  const sorted = [...edges].sort(
    (a, b) => Number(b.failed > 0) - Number(a.failed > 0) || b.connections - a.connections,
  );
  const indexOf = new Map(data.edges.map((edge, index) => [edge, index]));
  const head = makeElement("tr", "", ...COLUMNS.map((name) => withScope(makeElement("th", "", name), "col")));
  const rows = sorted.slice(0, MAX_ROWS).map((edge) => {
    const link = (node: number): HTMLElement => {
      const button = makeElement("button", "", data.nodes[node]?.label ?? "");
      button.setAttribute("type", "button");
      button.addEventListener("click", () => actions.choose({ type: "node", index: node }));
      return button;
    };
    const details = makeElement("button", "", numberText(edge.connections));
    details.setAttribute("type", "button");
    details.setAttribute("aria-label", `${numberText(edge.connections)} connections: details`);
    details.addEventListener("click", () => actions.choose({ type: "edge", index: indexOf.get(edge) ?? -1 }));
    return makeElement(
      "tr",
      edge.failed > 0 ? "bad" : "",
      withScope(makeElement("th", "", link(edge.client)), "row"),
      makeElement("td", "", link(edge.server)),
      makeElement("td", "number", details),
      makeElement("td", "number", edge.failed > 0 ? numberText(edge.failed) : ""),
      ...texts(edge).map((text) => makeElement("td", "", text)),
    );
  });
  const rest = sorted.length - rows.length;
  const caption = `${countText(sorted.length, "edge")}${rest > 0 ? `, the first ${numberText(MAX_ROWS)} of them` : ""}`;
  return [
    makeElement(
      "table",
      "",
      makeElement("caption", "", caption),
      makeElement("thead", "", head),
      makeElement("tbody", "", ...rows),
    ),
  ];
}

function texts({ outcomes, ports, names, handshake: [p50 = ""], lastSeen }: MapEdge): readonly string[] {
  return [outcomes.map(([text, count]) => `${count} ${text}`).join(", "), ports, names.join(", "), p50, lastSeen];
}

function withScope(cell: HTMLElement, scope: "col" | "row"): HTMLElement {
  cell.setAttribute("scope", scope);
  return cell;
}
