import type { MapCurve } from "../../model/map-data.ts";
import { type Box, center, type Point, sampleSpline } from "./geometry.ts";

/** A spline for Cytoscape.js: relative to the straight line between the centers of both cards. */
export function toMapCurve(
  points: readonly Point[],
  label: Point | null,
  client: Box,
  server: Box,
  isSimple: boolean,
): MapCurve {
  if (client === server) return { type: "loop" };
  const [from, to] = [center(client), center(server)];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  // The last piece is the tip of the arrow, and the point before it is on the border of the card.
  const inner = sampleSpline(points.slice(0, -3)).slice(0, -1);
  if (inner.length % 2 === 0) inner.pop(); // An odd number of points has one in the middle.
  const middle = inner[(inner.length - 1) / 2];
  if (isSimple || middle === undefined || length === 0) {
    return { type: "bend", distance: Math.round(Math.min(60, length * 0.05)) };
  }
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    type: "points",
    weights: inner.map(({ x, y }) => round(((x - from.x) * dx + (y - from.y) * dy) / (length * length))),
    distances: inner.map(({ x, y }) => round(((x - from.x) * -dy + (y - from.y) * dx) / length)),
    captionX: round(label === null ? 0 : label.x - middle.x),
    captionY: round(label === null ? 0 : label.y - middle.y),
    hasPlace: label !== null,
  };
}
