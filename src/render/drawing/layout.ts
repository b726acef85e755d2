import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { shortened, visibleText } from "../../text/visible-text.ts";
import { edgeLabelLines } from "../labels/edge-figures.ts";
import { byNamespace } from "../labels/namespace-groups.ts";
import { typeText } from "../labels/node-label.ts";
import { type LayoutGraph, layoutWithDot, loadGraphviz, type Positions } from "./graphviz-layout.ts";
import { layoutByNamespace } from "./namespace-layout.ts";

/** Where everything of a graph is drawn. */
export interface Layout extends Positions {
  /** Cards of one line, close together, and edges without labels: how large graphs are drawn. */
  readonly isCompact: boolean;
}

/** What a node shows: both lines, cut to what fits a card. */
export interface NodeCard {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly height: number;
}

/** Wider than any usual sans-serif font needs, since nobody knows which one will draw it. */
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

/** Graphviz's `dot` draws the best picture, in a time that grows fast: larger graphs are laid out by namespace. */
const DOT_MAX_NODES = 120;
const DOT_MAX_EDGES = 220;

/** Positions for all nodes and edges of a graph; the same graph gives the same layout. */
export async function layoutGraph(graph: ServiceGraph): Promise<Layout> {
  const viz = await loadGraphviz();
  if (graph.nodes.length <= DOT_MAX_NODES && graph.edges.length <= DOT_MAX_EDGES) {
    const hasLabels = graph.edges.length <= 3 * graph.nodes.length;
    const options = { nodeGap: 23, rankGap: 50, routesEdges: true };
    const whole = layoutWithDot(viz, toLayoutGraph(graph, { isCompact: false, hasLabels }), options);
    if (whole !== null) return { isCompact: false, ...whole };
  }
  return { isCompact: true, ...layoutByNamespace(viz, toLayoutGraph(graph, { isCompact: true, hasLabels: false })) };
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
