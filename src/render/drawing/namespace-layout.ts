import type { Viz } from "@viz-js/viz";
import { type Box, center, type Point } from "./geometry.ts";
import { type DotOptions, type LayoutGraph, layoutWithDot, type Positions } from "./graphviz-layout.ts";

const GROUP_MARGIN = 11;
const GROUP_TITLE_HEIGHT = 24;
const GRID_GAP = 10;
const GROUP_GAP = 26;
const COLUMN_GAP = 44;
const DOT_OPTIONS: DotOptions = { nodeGap: 7, rankGap: 20, routesEdges: false };
/** Width to height of the drawing. */
const SCREEN_RATIO = 1.35;
/** A namespace larger than this is a plain grid: Graphviz would take too long. */
const DOT_MAX_MEMBERS = 150;
const DOT_MAX_INNER_EDGES = 400;
/** Sum of squared edges of all namespaces, since the time of `dot` grows with the square: a few seconds. */
const DOT_BUDGET = 400_000;

interface Group {
  /** Null for nodes without a namespace, whose group has no frame. */
  readonly name: string | null;
  readonly members: readonly string[];
}

interface PlacedGroup extends Group {
  readonly width: number;
  readonly height: number;
  /** Boxes relative to the group's upper left corner. */
  readonly boxes: ReadonlyMap<string, Box>;
}

type Sizes = ReadonlyMap<string, { readonly width: number; readonly height: number }>;

/** Rows of nodes; `ratio` is the approximate width to height of the grid. */
function grid(
  members: readonly string[],
  sizes: Sizes,
  ratio: number,
): { boxes: Map<string, Box>; width: number; height: number } {
  const area = members.reduce((sum, id) => {
    const size = sizes.get(id);
    return sum + ((size?.width ?? 0) + GRID_GAP) * ((size?.height ?? 0) + GRID_GAP);
  }, 0);
  const rowWidth = Math.sqrt(area * ratio);
  const boxes = new Map<string, Box>();
  let x = 0;
  let y = 0;
  let width = 0;
  let rowHeight = 0;
  for (const id of members) {
    const size = sizes.get(id) ?? { width: 0, height: 0 };
    if (x > 0 && x + size.width > rowWidth) {
      x = 0;
      y += rowHeight + GRID_GAP;
      rowHeight = 0;
    }
    boxes.set(id, { x, y, ...size });
    x += size.width + GRID_GAP;
    width = Math.max(width, x - GRID_GAP);
    rowHeight = Math.max(rowHeight, size.height);
  }
  return { boxes, width, height: y + rowHeight };
}

function innerEdges({ members }: Group, { edges }: LayoutGraph): LayoutGraph["edges"] {
  const inside = new Set(members);
  return edges.filter(({ from, to }) => from !== to && inside.has(from) && inside.has(to));
}

function placeGroup(
  viz: Viz,
  group: Group,
  graph: LayoutGraph,
  edges: LayoutGraph["edges"],
  sizes: Sizes,
): PlacedGroup {
  const linked = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const boxes = new Map<string, Box>();
  let width = 0;
  let height = 0;
  let rest = group.members;
  if (edges.length > 0 && linked.size <= DOT_MAX_MEMBERS && edges.length <= DOT_MAX_INNER_EDGES) {
    const nodes = graph.nodes
      .filter(({ id }) => linked.has(id))
      .map((node) => ({ id: node.id, width: node.width, height: node.height }));
    const core = layoutWithDot(
      viz,
      { nodes, edges: edges.map((edge) => ({ ...edge, label: null })), groups: [] },
      DOT_OPTIONS,
    );
    if (core !== null) {
      for (const [id, box] of core.nodes) boxes.set(id, box);
      ({ width, height } = core);
      rest = group.members.filter((id) => !linked.has(id));
    }
  }
  const below = grid(rest, sizes, group.name === null ? 0.4 : SCREEN_RATIO);
  const top = height === 0 || rest.length === 0 ? height : height + GRID_GAP;
  for (const [id, box] of below.boxes) boxes.set(id, { ...box, y: box.y + top });
  const frame = group.name === null ? { margin: 0, title: 0 } : { margin: GROUP_MARGIN, title: GROUP_TITLE_HEIGHT };
  for (const [id, box] of boxes)
    boxes.set(id, { ...box, x: box.x + frame.margin, y: box.y + frame.margin + frame.title });
  return {
    ...group,
    boxes,
    width: Math.max(width, below.width) + 2 * frame.margin,
    height: top + below.height + 2 * frame.margin + frame.title,
  };
}

/** Indices of the groups in the order of calls between them, from a layout of the groups by `dot`. */
function inFlowOrder(viz: Viz, groups: readonly Group[], graph: LayoutGraph): readonly number[] {
  const groupOf = new Map(groups.flatMap(({ members }, g) => members.map((id) => [id, g] as const)));
  const links = new Map<string, { from: string; to: string; label: null }>();
  for (const { from, to } of graph.edges) {
    const [a, b] = [groupOf.get(from), groupOf.get(to)];
    if (a !== undefined && b !== undefined && a !== b)
      links.set(`${a} ${b}`, { from: `${a}`, to: `${b}`, label: null });
  }
  const order = groups.map((_, g) => g);
  if (links.size > DOT_MAX_INNER_EDGES) return order;
  const nodes = order.map((g) => ({ id: `${g}`, width: 40, height: 20 }));
  const placed = layoutWithDot(viz, { nodes, edges: [...links.values()], groups: [] }, DOT_OPTIONS);
  const at = (g: number): Box => placed?.nodes.get(`${g}`) ?? { x: 0, y: 0, width: 0, height: 0 };
  return order.sort((a, b) => at(a).x - at(b).x || at(a).y - at(b).y || a - b);
}

/** Puts groups into columns of a limited height, from top to bottom. */
function inColumns(groups: readonly PlacedGroup[], order: readonly number[], columnHeight: number): readonly Box[] {
  const columns: number[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const g of order) {
    const height = groups[g]?.height ?? 0;
    if (filled + height > columnHeight) {
      columns.push([]);
      filled = 0;
    }
    columns.at(-1)?.push(g);
    filled += height + GROUP_GAP;
  }
  const boxes: Box[] = [];
  let x = 0;
  for (const column of columns) {
    const members = column.map((g) => ({ g, width: groups[g]?.width ?? 0, height: groups[g]?.height ?? 0 }));
    const width = Math.max(...members.map((member) => member.width));
    const used = members.reduce((sum, { height }) => sum + height, 0);
    const gap = Math.min(2 * GROUP_GAP, Math.max(GROUP_GAP, (columnHeight - used) / Math.max(1, members.length - 1)));
    let y = Math.max(0, (columnHeight - used - gap * (members.length - 1)) / 2);
    for (const member of members) {
      boxes[member.g] = { x: x + (width - member.width) / 2, y, width: member.width, height: member.height };
      y += member.height + gap;
    }
    x += width + COLUMN_GAP;
  }
  return boxes;
}

function extent(boxes: readonly Box[]): { width: number; height: number } {
  return {
    width: boxes.reduce((most, { x, width }) => Math.max(most, x + width), 0),
    height: boxes.reduce((most, { y, height }) => Math.max(most, y + height), 0),
  };
}

/** Tries column heights, and returns the boxes whose shape is closest to a screen. */
function arrange(groups: readonly PlacedGroup[], order: readonly number[]): readonly Box[] {
  const tallest = Math.max(0, ...groups.map(({ height }) => height));
  let best: { boxes: readonly Box[]; miss: number } = { boxes: [], miss: Number.POSITIVE_INFINITY };
  for (let columnHeight = tallest; columnHeight <= 50 * tallest; columnHeight *= 1.08) {
    const boxes = inColumns(groups, order, columnHeight);
    const { width, height } = extent(boxes);
    const miss = Math.abs(Math.log(width / height / SCREEN_RATIO));
    if (miss < best.miss) best = { boxes, miss };
  }
  return best.boxes;
}

/** The point where the line from the center of the box to `to` crosses its border. */
function border(box: Box, to: Point): Point {
  const from = center(box);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : box.width / 2 / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : box.height / 2 / Math.abs(dy),
  );
  return Number.isFinite(scale) ? { x: from.x + dx * scale, y: from.y + dy * scale } : from;
}

/** A slightly bent line, so that edges in both directions do not overlap. */
function curve(from: Box, to: Box): readonly Point[] {
  if (from === to) {
    const [right, y] = [from.x + from.width, from.y];
    return [
      { x: right - 24, y },
      { x: right - 24, y: y - 30 },
      { x: right - 6, y: y - 30 },
      { x: right - 10, y },
    ];
  }
  const [start, end] = [border(from, center(to)), border(to, center(from))];
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const bend = 0.06;
  const at = (share: number): Point => ({ x: start.x + dx * share - dy * bend, y: start.y + dy * share + dx * bend });
  return [start, at(0.3), at(0.7), end];
}

/**
 * Lays out a large graph in two steps: nodes in each namespace, then the namespaces. The time grows with the largest
 * namespace, not with the graph; edges are simple curves without labels.
 */
export function layoutByNamespace(viz: Viz, graph: LayoutGraph): Positions {
  const sizes: Sizes = new Map(graph.nodes.map(({ id, width, height }) => [id, { width, height }]));
  const grouped = new Set(graph.groups.flatMap(({ members }) => members));
  const called = new Set(graph.edges.map(({ to }) => to));
  const others = graph.nodes.map(({ id }) => id).filter((id) => !grouped.has(id));
  const sides = [others.filter((id) => !called.has(id)), others.filter((id) => called.has(id))]
    .filter((members) => members.length > 0)
    .map((members) => ({ name: null, members }));
  let budget = DOT_BUDGET;
  const groups = [...graph.groups, ...sides].map((group) => {
    const edges = innerEdges(group, graph);
    budget -= edges.length ** 2;
    return placeGroup(viz, group, graph, budget >= 0 ? edges : [], sizes);
  });
  const frames = arrange(groups, inFlowOrder(viz, groups, graph));
  const nodes = new Map<string, Box>();
  groups.forEach(({ boxes }, g) => {
    const { x = 0, y = 0 } = frames[g] ?? {};
    for (const [id, box] of boxes) nodes.set(id, { ...box, x: box.x + x, y: box.y + y });
  });
  const edges = graph.edges.map(({ from, to }) => {
    const [client, server] = [nodes.get(from), nodes.get(to)];
    return { points: client && server ? curve(client, server) : [], label: null };
  });
  return {
    ...extent(frames),
    nodes,
    namespaces: groups.flatMap(({ name: namespace }, g) => {
      const box = frames[g];
      return namespace === null || !box ? [] : [{ namespace, box }];
    }),
    edges,
  };
}
