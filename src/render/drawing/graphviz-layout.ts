import { instance, type Viz } from "@viz-js/viz";
import type { Box, Point } from "./geometry.ts";

let loaded: Promise<Viz> | undefined;

/**
 * Graphviz, loaded once, without its messages: for some graphs it writes lines such as `triangulation failed` to standard
 * error, but continues and draws well. Viz.js has no option against them; it stores `console.error` while it loads, so
 * this is replaced during the synchronous part of loading. `render` still returns errors in its result.
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

/** A graph for Graphviz: nodes and edge labels with sizes in pixels, and groups of nodes. */
export interface LayoutGraph {
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: { readonly width: number; readonly height: number } | null;
  }[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
}

/** Options of `dot`. */
export interface DotOptions {
  /** Pixels between cards of one rank. */
  readonly nodeGap: number;
  /** Pixels between ranks. */
  readonly rankGap: number;
  /** Whether edges are routed around nodes, which takes most of the time if there are many. */
  readonly routesEdges: boolean;
}

/** Positions in a drawing, in pixels from its upper left corner. */
export interface Positions {
  readonly width: number;
  readonly height: number;
  /** By node id. */
  readonly nodes: ReadonlyMap<string, Box>;
  readonly namespaces: readonly { readonly namespace: string; readonly box: Box }[];
  /** One per edge of the graph, in its order. */
  readonly edges: readonly EdgePosition[];
}

interface EdgePosition {
  /** A start, then cubic Bézier triples. */
  readonly points: readonly Point[];
  readonly label: Point | null;
}

/** One pixel is one Graphviz point; node sizes are in inches of 72 points. */
const POINTS_PER_INCH = 72;
const GROUP_TITLE_HEIGHT = 22;

function nodeLine(index: number, width: number, height: number): string {
  return `n${index} [width=${width / POINTS_PER_INCH} height=${height / POINTS_PER_INCH}]`;
}

/** The text has indices instead of names, so it needs no escaping. */
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

/**
 * Null on any error, also if Graphviz continues: its ranking of clusters fails for some cyclic graphs ("trouble in
 * init_rank") and puts all nodes in one place; the newer ranking (`newrank`) works, but mostly looks worse.
 */
function runDot(viz: Viz, dot: string): string | null {
  const result = viz.render(dot, { engine: "dot", format: "json0" });
  if (result.status !== "success" || result.errors.some(({ level }) => level === "error")) return null;
  return result.output;
}

/** Lays out a graph with `dot`, from left to right, groups as clusters. Null if Graphviz fails. */
export function layoutWithDot(viz: Viz, graph: LayoutGraph, options: DotOptions): Positions | null {
  const result = runDot(viz, toDot(graph, options, "")) ?? runDot(viz, toDot(graph, options, "newrank=true"));
  return result === null ? null : readPositions(JSON.parse(result) as JsonGraph, graph);
}

/** Null if a node has no position. */
function readPositions(json: JsonGraph, graph: LayoutGraph): Positions | null {
  const [left = 0, bottom = 0, right = 0, top = 0] = numbers(json.bb);
  const toPoint = (text: string): Point => {
    const [x = 0, y = 0] = numbers(text);
    return { x: x - left, y: top - y };
  };
  const byName = new Map((json.objects ?? []).map((object) => [object.name, object]));
  const nodes = new Map<string, Box>();
  graph.nodes.forEach(({ id, width, height }, i) => {
    const { x, y } = toPoint(byName.get(`n${i}`)?.pos ?? "");
    nodes.set(id, { x: x - width / 2, y: y - height / 2, width, height });
  });
  if ([...nodes.values()].some(({ x, y }) => !Number.isFinite(x + y))) return null;
  const namespaces = graph.groups.map(({ name }, g) => {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = numbers(byName.get(`cluster_${g}`)?.bb ?? "0,0,0,0");
    return { namespace: name, box: { x: x0 - left, y: top - y1, width: x1 - x0, height: y1 - y0 } };
  });
  const edges = graph.edges.map((): EdgePosition => ({ points: [], label: null }));
  for (const edge of json.edges ?? []) edges[Number(edge.i)] = edgePosition(edge, toPoint);
  return { width: right - left, height: top - bottom, nodes, namespaces, edges };
}

function edgePosition({ pos = "", lp }: JsonEdge, toPoint: (text: string) => Point): EdgePosition {
  const parts = pos.split(/[ ;]/).filter((part) => part !== "");
  const points = parts.filter((part) => /^[-\d]/.test(part)).map(toPoint);
  const end = parts.find((part) => part.startsWith("e,"));
  const last = points.at(-1);
  if (end && last) {
    const tip = toPoint(end.slice(2));
    points.push(last, tip, tip);
  }
  return { points, label: lp === undefined ? null : toPoint(lp) };
}
