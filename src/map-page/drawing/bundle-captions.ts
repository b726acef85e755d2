import type cytoscape from "cytoscape";

interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Pixels on the screen at the zoom at which captions are placed. */
const SIZE = 11;
const MOST = 400;

/**
 * Shows the captions of bundles that cover no box and no other caption, failing and large bundles first. The others are
 * shown on demand only. Sizes are for the present zoom, so call it again after the map was fitted.
 */
export function placeCaptions(cy: cytoscape.Core): void {
  const bundles = cy.edges(".bundle");
  if (bundles.empty()) return;
  const size = SIZE / cy.zoom();
  const taken: Box[] = cy
    .nodes(".folded, .card, .namespace")
    .map((node) => boxAt(node.position(), node.data("width"), node.data("height")));
  const order = bundles.toArray() as cytoscape.EdgeSingular[];
  const weight = (edge: cytoscape.EdgeSingular): number =>
    (edge.hasClass("failed") ? 1e6 : 0) + (edge.data("width") as number);
  order.sort((a, b) => weight(b) - weight(a));
  cy.batch(() => {
    bundles.addClass("quiet").style("font-size", size);
    for (const edge of order.slice(0, MOST)) {
      const lines = (edge.data("caption") as string).split("\n");
      const width = Math.max(...lines.map((line) => line.length)) * size * 0.7;
      const height = lines.length * size * 1.35;
      const place = placesOn(edge).find((at) => {
        const box = boxAt(at, width, height);
        return !taken.some((other) => overlap(other, box));
      });
      if (place === undefined) continue;
      taken.push(boxAt(place, width, height));
      const middle = edge.midpoint();
      edge.style({ "text-margin-x": place.x - middle.x, "text-margin-y": place.y - middle.y }).removeClass("quiet");
    }
  });
}

/** Points of a quadratic curve, from its middle outwards. */
function placesOn(edge: cytoscape.EdgeSingular): readonly cytoscape.Position[] {
  const [from, to] = [edge.sourceEndpoint(), edge.targetEndpoint()];
  const [control] = edge.controlPoints() ?? [];
  if (control === undefined) return [edge.midpoint()];
  const at = (t: number, axis: "x" | "y"): number =>
    (1 - t) ** 2 * from[axis] + 2 * t * (1 - t) * control[axis] + t ** 2 * to[axis];
  return [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map((t) => ({ x: at(t, "x"), y: at(t, "y") }));
}

function boxAt({ x, y }: cytoscape.Position, width: number, height: number): Box {
  return { x1: x - width / 2, x2: x + width / 2, y1: y - height / 2, y2: y + height / 2 };
}

function overlap(a: Box, b: Box): boolean {
  return a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;
}
