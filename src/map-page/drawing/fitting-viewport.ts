import type cytoscape from "cytoscape";

/** In a narrower window, opening the map prefers readable texts to the whole map, and begins at the left and at the top. */
const NARROW = 600;
/** Pixels of a readable text on opening in such a window, and in others. */
const READABLE = { narrow: 9, wide: 7 };
/** With a smaller text on the whole map, others open with a part of it, too: that around the most connected node. */
const LEAST_TEXT = 6;
const MAX_ZOOM = 1.3;
/** Pixels between what does not fit and the edge of the room. */
const MARGIN = 12;

interface Room {
  readonly width: number;
  readonly height: number;
}

/**
 * Zoom and pan that show the whole map in this room, or on opening (`isReadable`) only as much of it as is readable.
 * Null if there is nothing to show.
 */
export function fittingViewport(
  cy: cytoscape.Core,
  { width, height }: Room,
  isReadable: boolean,
): { zoom: number; pan: cytoscape.Position; isWhole: boolean } | null {
  const box = cy.elements().boundingBox();
  const whole = Math.min((width - 48) / box.w, (height - 32) / box.h, MAX_ZOOM);
  if (!Number.isFinite(whole) || whole <= 0) return null;
  const zoom = isReadable ? readableZoom(cy, whole, width) : whole;
  const middle = width < NARROW ? { x: box.x1, y: box.y1 } : mostConnected(cy);
  const start = (low: number, high: number, room: number, at: number): number => {
    if ((high - low) * zoom <= room) return room / 2 - (zoom * (low + high)) / 2;
    return Math.min(MARGIN - low * zoom, Math.max(room - MARGIN - high * zoom, room / 2 - at * zoom));
  };
  const pan = { x: start(box.x1, box.x2, width, middle.x), y: start(box.y1, box.y2, height, middle.y) };
  return { zoom, pan, isWhole: zoom <= whole };
}

function readableZoom(cy: cytoscape.Core, whole: number, width: number): number {
  if (width < NARROW) return Math.max(whole, zoomForTexts(cy, READABLE.narrow));
  return whole < zoomForTexts(cy, LEAST_TEXT) ? zoomForTexts(cy, READABLE.wide) : whole;
}

/** The least zoom at which every title of a card and of a folded group, and the caption of every edge, has these pixels. */
function zoomForTexts(cy: cytoscape.Core, pixels: number): number {
  const sizes = cy
    .nodes(".card, .folded")
    .not(".outside")
    .map((node) => node.data("fit") as number);
  const hasCaptions = cy.edges(".points").not(".quiet").nonempty();
  const hasCards = cy.nodes(".card").nonempty();
  return Math.min(1, pixels / Math.min(...sizes, ...(hasCaptions ? [12.6] : []), ...(hasCards ? [15] : [])));
}

/** Where the box with the most edges is. */
function mostConnected(cy: cytoscape.Core): cytoscape.Position {
  const boxes = cy.nodes(".card, .folded").toArray() as cytoscape.NodeSingular[];
  let [most, edges] = [boxes[0], -1];
  for (const box of boxes) if (box.degree(false) > edges) [most, edges] = [box, box.degree(false)];
  return most?.position() ?? { x: 0, y: 0 };
}
