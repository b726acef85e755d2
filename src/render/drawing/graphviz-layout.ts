import { instance, type Viz } from "@viz-js/viz";
import { type Box, type Point, sampleSpline } from "./geometry.ts";

let loaded: Promise<Viz> | undefined;

/**
 * Graphviz, loaded once, and silent: on some graphs it writes lines such as `triangulation failed` to standard error
 * though it goes on and draws well. Viz.js has no option for that; it takes hold of `console.error` while it loads,
 * so for that one call, which no other code can run in between, something silent stands there. What fails is told by
 * the result of `render` all the same.
 */
export function loadGraphviz(): Promise<Viz> {
  if (loaded === undefined) {
    const original = console.error;
    console.error = () => {};
    try {
      loaded = instance();
    } finally {
      console.error = original;
    }
  }
  return loaded;
}

/** What Graphviz needs to know of a graph: sizes in pixels, and who belongs together. */
export interface LayoutGraph {
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: { readonly width: number; readonly height: number } | null;
  }[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
}

/** How `dot` is to lay out. */
export interface DotOptions {
  /** Pixels between cards of one rank. */
  readonly nodeGap: number;
  /** Pixels between ranks. */
  readonly rankGap: number;
  /** Whether edges are to be routed; it takes most of the time where there are many. */
  readonly routesEdges: boolean;
}

/** Where Graphviz puts a graph, in pixels from the upper left corner. */
export interface Positions {
  readonly width: number;
  readonly height: number;
  /** By node id. */
  readonly nodes: ReadonlyMap<string, Box>;
  readonly namespaces: readonly { readonly namespace: string; readonly box: Box }[];
  /** One per edge of the graph, in its order: `points` are a start and then cubic Bézier triples. */
  readonly edges: readonly { readonly points: readonly Point[]; readonly label: Point | null }[];
}

/** One pixel is one Graphviz point; node sizes are in inches of 72 points. */
const POINTS_PER_INCH = 72;
const GROUP_TITLE_HEIGHT = 22;

function nodeLine(index: number, width: number, height: number): string {
  return `n${index} [width=${width / POINTS_PER_INCH} height=${height / POINTS_PER_INCH}]`;
}

/** Names never enter this text, only indices: nothing is to be escaped. */
function toDot(graph: LayoutGraph, { nodeGap, rankGap, routesEdges }: DotOptions, extra: string): string {
  const index = new Map(graph.nodes.map(({ id }, i) => [id, i]));
  const lines = [
    `digraph { rankdir=LR; nodesep=${nodeGap / POINTS_PER_INCH}; ranksep=${rankGap / POINTS_PER_INCH}; pack=${nodeGap}; nslimit=2; nslimit1=2; splines=${routesEdges ? "spline" : "line"}; ${extra}`,
    'node [shape=box fixedsize=true label=""]; edge [arrowsize=0.8]',
  ];
  graph.groups.forEach(({ members }, g) => {
    const inside = members.map((id) => `n${index.get(id)}`).join(";");
    const title = `label=<<table border="0" width="40" height="${GROUP_TITLE_HEIGHT}" fixedsize="true"><tr><td></td></tr></table>>`;
    lines.push(`subgraph cluster_${g} { margin=14; ${title}; ${inside} }`);
  });
  lines.push(...graph.nodes.map(({ width, height }, i) => nodeLine(i, width, height)));
  graph.edges.forEach(({ from, to, label }, i) => {
    const size = label && `width="${label.width}" height="${label.height}" fixedsize="true"`;
    const text = size && `label=<<table border="0" ${size}><tr><td></td></tr></table>>`;
    lines.push(`n${index.get(from)} -> n${index.get(to)} [i=${i} ${text ?? ""}]`);
  });
  return `${lines.join("\n")}\n}`;
}

interface JsonObject {
  readonly name: string;
  readonly pos?: string;
  readonly bb?: string;
  readonly width?: string;
  readonly height?: string;
}

interface JsonEdge {
  readonly i: string;
  readonly pos?: string;
  readonly lp?: string;
}

interface JsonGraph {
  readonly bb: string;
  readonly objects?: readonly JsonObject[];
  readonly edges?: readonly JsonEdge[];
}

function numbers(text: string): readonly number[] {
  return text.split(",").map(Number);
}

const FAR_FROM_LINE = 30;

/** Graphviz puts some labels of edges against the flow far from their line; those go to the line's middle. */
function besideLine(label: Point, points: readonly Point[]): Point {
  const line = sampleSpline(points);
  const distance = Math.min(...line.map(({ x, y }) => Math.hypot(x - label.x, y - label.y)));
  return distance > FAR_FROM_LINE ? (line[Math.floor(line.length / 2)] ?? label) : label;
}

/**
 * Null on any error, also where Graphviz goes on: its ranking of clusters fails on some cyclic graphs ("trouble in
 * init_rank") and leaves one heap of nodes; the newer ranking (`newrank`) does not, but mostly draws less well.
 */
function runDot(viz: Viz, dot: string): string | null {
  const result = viz.render(dot, { engine: "dot", format: "json0" });
  if (result.status !== "success" || result.errors.some(({ level }) => level === "error")) return null;
  return result.output;
}

/**
 * Lays out a graph with Graphviz's `dot` engine, from left to right, groups as clusters.
 * Null when Graphviz gives up.
 */
export function layoutWithDot(viz: Viz, graph: LayoutGraph, options: DotOptions): Positions | null {
  const result = runDot(viz, toDot(graph, options, "")) ?? runDot(viz, toDot(graph, options, "newrank=true"));
  if (result === null) return null;
  const json = JSON.parse(result) as JsonGraph;
  const [left = 0, bottom = 0, right = 0, top = 0] = numbers(json.bb);
  const point = (text: string): Point => {
    const [x = 0, y = 0] = numbers(text);
    return { x: x - left, y: top - y };
  };
  const byName = new Map((json.objects ?? []).map((object) => [object.name, object]));
  const nodes = new Map<string, Box>();
  graph.nodes.forEach(({ id, width, height }, i) => {
    const centre = point(byName.get(`n${i}`)?.pos ?? "");
    nodes.set(id, { x: centre.x - width / 2, y: centre.y - height / 2, width, height });
  });
  if ([...nodes.values()].some(({ x, y }) => !Number.isFinite(x + y))) return null;
  const namespaces = graph.groups.map(({ name }, g) => {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = numbers(byName.get(`cluster_${g}`)?.bb ?? "0,0,0,0");
    return { namespace: name, box: { x: x0 - left, y: top - y1, width: x1 - x0, height: y1 - y0 } };
  });
  const edges = graph.edges.map((): { points: Point[]; label: Point | null } => ({ points: [], label: null }));
  for (const { i, pos = "", lp } of json.edges ?? []) {
    const edge = edges[Number(i)];
    if (edge === undefined) continue;
    const parts = pos.split(/[ ;]/).filter((part) => part !== "");
    edge.points = parts.filter((part) => /^[-\d]/.test(part)).map(point);
    const end = parts.find((part) => part.startsWith("e,"));
    const last = edge.points.at(-1);
    if (end && last) {
      const tip = point(end.slice(2));
      edge.points.push(last, tip, tip);
    }
    edge.label = lp === undefined ? null : besideLine(point(lp), edge.points);
  }
  return { width: right - left, height: top - bottom, nodes, namespaces, edges };
}
