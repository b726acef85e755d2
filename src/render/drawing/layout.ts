import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { shortened, visibleText } from "../../text/visible-text.ts";
import { edgeLabelLines } from "../labels/edge-figures.ts";
import { byNamespace } from "../labels/namespace-groups.ts";
import { typeText } from "../labels/node-label.ts";
import { labelsOnLines } from "./edge-labels.ts";
import { type LayoutGraph, layoutWithDot, loadGraphviz, type Positions } from "./graphviz-layout.ts";
import { layoutByNamespace } from "./namespace-layout.ts";

/** Positions of all elements of a graph. */
export interface Layout extends Positions {
  /** One-line cards close together, and edges without labels: for large graphs. */
  readonly isCompact: boolean;
}

/** The card of a node: two lines of limited length. */
interface NodeCard {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly height: number;
}

/** Wider than in usual sans-serif fonts, because the font of the viewer is unknown. */
const TITLE_CHARACTER = 8.4;
const SUBTITLE_CHARACTER = 6.6;

export function nodeCard(node: GraphNode, isCompact: boolean): NodeCard {
  const title = shortened(visibleText(node.name), isCompact ? 22 : 34);
  const described = visibleText(node.kind ?? (node.name === node.type ? "" : typeText(node)));
  const subtitle = isCompact ? "" : shortened(described, 34);
  const text = Math.max([...title].length * TITLE_CHARACTER, [...subtitle].length * SUBTITLE_CHARACTER);
  return {
    title,
    subtitle,
    width: Math.round(Math.max(72, text + 32)),
    height: isCompact ? 28 : subtitle === "" ? 32 : 42,
  };
}

/** `dot` gives the best layout, but its time grows fast: larger graphs are laid out by namespace. */
const DOT_MAX_NODES = 120;
const DOT_MAX_EDGES = 220;
/**
 * What the map has on a screen of 1440 by 900 pixels, beside the panel and above the legend. A layout that must shrink
 * further to fit is long or narrow, and its titles, which the map draws with up to 16 pixels, cannot be read.
 */
const SCREEN = { width: 1000, height: 680 };
const LEAST_SCALE = 0.4;

/** Lays out a graph; equal graphs give equal layouts. */
export async function layoutGraph(graph: ServiceGraph): Promise<Layout> {
  const viz = await loadGraphviz();
  if (graph.nodes.length <= DOT_MAX_NODES && graph.edges.length <= DOT_MAX_EDGES) {
    const hasLabels = graph.edges.length <= 3 * graph.nodes.length;
    const options = { nodeGap: 23, rankGap: 50, routesEdges: true };
    const wanted = toLayoutGraph(graph, { isCompact: false, hasLabels });
    const whole = layoutWithDot(viz, wanted, options);
    if (whole !== null && isReadable(whole)) return { isCompact: false, ...labelsOnLines(whole, wanted) };
  }
  return { isCompact: true, ...layoutByNamespace(viz, toLayoutGraph(graph, { isCompact: true, hasLabels: false })) };
}

function isReadable({ width, height }: Positions): boolean {
  return Math.min(SCREEN.width / width, SCREEN.height / height) >= LEAST_SCALE;
}

function toLayoutGraph(
  { nodes, edges }: ServiceGraph,
  { isCompact, hasLabels }: { isCompact: boolean; hasLabels: boolean },
): LayoutGraph {
  return {
    nodes: nodes.map((node) => ({ id: node.id, ...nodeCard(node, isCompact) })),
    edges: edges.map((edge) => ({ from: edge.client, to: edge.server, label: hasLabels ? labelSize(edge) : null })),
    groups: byNamespace(nodes).namespaces.map(({ namespace, nodes: members }) => ({
      name: namespace,
      members: members.map(({ id }) => id),
    })),
  };
}

function labelSize(edge: GraphEdge): { width: number; height: number } {
  const lines = edgeLabelLines(edge);
  return { width: Math.max(...lines.map((line) => line.length * 6.6)) + 6, height: lines.length * 13 + 2 };
}
