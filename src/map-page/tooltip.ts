/// <reference lib="dom" />

import type { Choice, MapData } from "../model/map-data.ts";
import type { GraphView } from "./drawing/graph-view.ts";
import { makeElement } from "./panel/make-element.ts";

/** Width of a tooltip in pixels. */
const TOOLTIP_WIDTH = 320;

/** Shows the element below the mouse in two lines. */
export function showTooltips(
  view: GraphView,
  tooltip: HTMLElement,
  data: MapData,
  describe: (choice: Choice) => string,
): void {
  view.onHover({
    enter(choice) {
      tooltip.replaceChildren(...tooltipLines(data, choice, describe).map((line) => makeElement("div", "", line)));
      tooltip.hidden = false;
    },
    leave() {
      tooltip.hidden = true;
    },
    move(x, y) {
      tooltip.style.transform = `translate(${Math.min(x + 14, innerWidth - TOOLTIP_WIDTH)}px, ${y + 16}px)`;
    },
  });
}

function tooltipLines({ nodes, edges }: MapData, choice: Choice, describe: (choice: Choice) => string): string[] {
  const { type, index } = choice;
  if (type === "bundle" || type === "namespace") return [describe(choice)];
  const edge = type === "edge" ? edges[index] : undefined;
  if (edge === undefined) return [nodes[index]?.label ?? "", nodes[index]?.kind ?? ""];
  return [
    `${nodes[edge.client]?.label} → ${nodes[edge.server]?.label}`,
    edge.outcomes.map(([text, count]) => `${count} ${text}`).join(", "),
  ];
}
