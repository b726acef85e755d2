import { type Box, type Point, sampleSpline } from "./geometry.ts";
import type { LayoutGraph, Positions } from "./graphviz-layout.ts";

/** The HTML map draws labels larger than Graphviz reserves when it is zoomed out. */
const GROWTH = 1.16;
const TITLE_HEIGHT = 28;
const TITLE_CHARACTER = 12;
/** Pixels of a line near each end that carry no label: the arrow is there. */
const END = 12;

/**
 * Moves each label onto its line, near the place that Graphviz gave it beside the line, where it covers no card, no title
 * of a group and no other label. A label without such a place is left out.
 */
export function labelsOnLines(positions: Positions, graph: LayoutGraph): Positions {
  const titles = positions.namespaces.map(({ namespace, box }) => ({
    ...box,
    width: Math.min(box.width, [...namespace].length * TITLE_CHARACTER + 28),
    height: TITLE_HEIGHT,
  }));
  const taken: Box[] = [...positions.nodes.values(), ...titles];
  const edges = [...positions.edges];
  // Failures have two lines; they come first.
  const order = graph.edges.flatMap(({ label }, index) => (label === null ? [] : [{ index, ...label }]));
  order.sort((a, b) => b.height - a.height || a.index - b.index);
  for (const { index, width, height } of order) {
    const edge = edges[index];
    if (edge === undefined || edge.label === null) continue;
    const size = { width: width * GROWTH, height: height * GROWTH };
    const label = freePlace(edge.points, edge.label, size, taken);
    if (label !== null) taken.push(boxAround(label, size));
    edges[index] = { ...edge, label };
  }
  return { ...positions, edges };
}

type Size = Pick<Box, "width" | "height">;

/** The point of a line nearest to `wanted` at which a label covers nothing; null without one. */
function freePlace(points: readonly Point[], wanted: Point, size: Size, taken: readonly Box[]): Point | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
  const places = finely([first, ...sampleSpline(points)])
    .filter((point) => distance(point, first) > END && distance(point, last) > END)
    .sort((a, b) => distance(a, wanted) - distance(b, wanted));
  return places.find((point) => !taken.some((box) => overlap(box, boxAround(point, size)))) ?? null;
}

/** With points between, at most a few pixels apart. */
function finely(line: readonly Point[]): Point[] {
  return line.flatMap((point, i) => {
    const next = line[i + 1];
    if (next === undefined) return [point];
    return [0, 0.25, 0.5, 0.75].map((t) => ({
      x: point.x + (next.x - point.x) * t,
      y: point.y + (next.y - point.y) * t,
    }));
  });
}

function boxAround({ x, y }: Point, { width, height }: Size): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
