import type cytoscape from "cytoscape";
import type { Page } from "playwright-core";

/** Global of the page for tests. Functions passed to `evaluate` run in the page. */
declare const wirespanMap: cytoscape.Core;

/** A text on the screen, in pixels. */
export interface TextBox {
  readonly text: string;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly pixels: number;
}

/** Every text that the map draws now, on the screen. */
export function textBoxes(page: Page): Promise<TextBox[]> {
  return page.evaluate(() => {
    const zoom = wirespanMap.zoom();
    return wirespanMap
      .elements()
      .toArray()
      .flatMap((element) => {
        const text = String(element.style("label") ?? "");
        const pixels = Number.parseFloat(element.style("font-size")) * zoom;
        const isDrawn = text !== "" && pixels >= Number.parseFloat(element.style("min-zoomed-font-size") || "0");
        if (!isDrawn) return [];
        const box = element.boundingBox({
          includeNodes: false,
          includeEdges: false,
          includeLabels: true,
          includeOverlays: false,
        });
        const [x, y] = [wirespanMap.pan().x, wirespanMap.pan().y];
        return [
          { text, pixels, x1: box.x1 * zoom + x, x2: box.x2 * zoom + x, y1: box.y1 * zoom + y, y2: box.y2 * zoom + y },
        ];
      });
  });
}

/** Pairs of texts that cover each other by more than the space around letters. */
export function overlaps(boxes: readonly TextBox[]): string[] {
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1) > 3 && Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1) > 3)
      .map((b) => `${JSON.stringify(a.text)} and ${JSON.stringify(b.text)}`),
  );
}
