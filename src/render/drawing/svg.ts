import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { shortened, visibleText, xmlText } from "../../text/visible-text.ts";
import {
  connectionCount,
  edgeLabelLines,
  failureCount,
  failureText,
  lookupCount,
  millisText,
  portText,
} from "../labels/edge-figures.ts";
import { nodeLabel } from "../labels/node-label.ts";
import { aboutText } from "../labels/observed-text.ts";
import type { Point } from "./geometry.ts";
import { type Layout, layoutGraph, nodeCard } from "./layout.ts";
import { edgeZone, type MapZone, nodeZone, ZONE_STYLE } from "./map-zone.ts";
import { SVG_STYLE } from "./svg-style.ts";

const MARGIN = 28;
const HEADER = 70;
const LEGEND = 40;
const LEGEND_WIDTH = 640;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function pathData(points: readonly Point[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? "M" : i === 1 ? "C" : ""}${round(x)},${round(y)}`).join(" ");
}

function nodeTitle(node: GraphNode): string {
  return node.kind === null ? nodeLabel(node) : `${nodeLabel(node)}\n${visibleText(node.kind)}`;
}

/** The tooltip of an edge. */
function edgeTitle(edge: GraphEdge, labels: ReadonlyMap<string, string>): string {
  const lookups = lookupCount(edge);
  const lines = [
    `${labels.get(edge.client)} → ${labels.get(edge.server)}`,
    `${connectionCount(edge)} connections${lookups > 0 ? `, ${lookups} lookups` : ""}`,
    failureCount(edge) > 0 ? `failed: ${failureText(edge)}` : "",
    portText(edge) === "" ? "" : `ports: ${portText(edge)}`,
    edge.names.length === 0 ? "" : `names: ${edge.names.slice(0, 6).map(visibleText).join(", ")}`,
    edge.handshake
      ? `handshake: p50 ${millisText(edge.handshake.p50)} ms, p99 ${millisText(edge.handshake.p99)} ms`
      : "",
  ];
  return lines.filter((line) => line !== "").join("\n");
}

/** Escapes each line by itself, so that line breaks are kept. */
function titleElement(text: string): string {
  return `<title>${text.split("\n").map(xmlText).join("\n")}</title>`;
}

function edgeElement(
  edge: GraphEdge,
  isFar: boolean,
  placed: Layout["edges"][number],
  labels: ReadonlyMap<string, string>,
): string {
  const failed = failureCount(edge) > 0;
  const strokeWidth = round((isFar ? 0.5 : 1) * (1.2 + Math.min(2.2, Math.log10(1 + connectionCount(edge)) * 0.55)));
  const marker = failed ? "arrow-failed" : "arrow";
  const parts = [
    titleElement(edgeTitle(edge, labels)),
    `<path d="${pathData(placed.points)}" stroke-width="${strokeWidth}" marker-end="url(#${marker})"/>`,
  ];
  const { label } = placed;
  if (label !== null) {
    const lines = edgeLabelLines(edge);
    lines.forEach((line, i) => {
      const y = round(label.y + 4 + (i - (lines.length - 1) / 2) * 13);
      parts.push(`<text x="${round(label.x)}" y="${y}">${xmlText(line)}</text>`);
    });
  }
  return `<g class="edge${failed ? " failed" : ""}">${parts.join("")}</g>`;
}

function nodeElement(node: GraphNode, layout: Layout): string {
  const { x = 0, y = 0, width = 0, height = 0 } = layout.nodes.get(node.id) ?? {};
  const card = nodeCard(node, layout.isCompact);
  const middle = round(y + height / 2);
  const parts = [
    titleElement(nodeTitle(node)),
    `<rect x="${round(x)}" y="${round(y)}" width="${width}" height="${height}" rx="9"/>`,
    `<circle cx="${round(x + 13)}" cy="${middle}" r="4"/>`,
  ];
  const textX = round(x + 23);
  if (card.subtitle === "") {
    parts.push(`<text class="name" x="${textX}" y="${middle + 4.5}">${xmlText(card.title)}</text>`);
  } else {
    parts.push(`<text class="name" x="${textX}" y="${middle - 2}">${xmlText(card.title)}</text>`);
    parts.push(`<text class="kind" x="${textX}" y="${middle + 12}">${xmlText(card.subtitle)}</text>`);
  }
  return `<g class="card ${node.type}">${parts.join("")}</g>`;
}

/** The element with the class of the zone in its first `class`. */
function inZone(element: string, zoneClass: string): string {
  return element.replace(/^<g class="[^"]*/, (start) => start + zoneClass);
}

function namespaceElement({ namespace, box }: Layout["namespaces"][number]): string {
  const title = shortened(visibleText(namespace), Math.max(6, Math.floor((box.width - 24) / 7.5)));
  return (
    `<g class="namespace">${titleElement(`namespace ${visibleText(namespace)}`)}` +
    `<rect x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}" rx="14"/>` +
    `<text x="${round(box.x + 14)}" y="${round(box.y + 21)}">${xmlText(title)}</text></g>`
  );
}

function headerText({ nodes, edges }: ServiceGraph): string {
  const failing = edges.filter((edge) => failureCount(edge) > 0).length;
  const connections = edges.reduce((sum, edge) => sum + connectionCount(edge), 0);
  const figures = [`${nodes.length} nodes`, `${edges.length} edges`, `${connections} connections`];
  if (failing > 0) figures.push(`${failing} failing`);
  return figures.join("  ·  ");
}

function legend(y: number): string {
  const types = ["workload", "service", "node", "external", "unresolved"] as const;
  const items = types.map(
    (type, i) =>
      `<g class="card ${type}"><circle cx="${MARGIN + 5 + i * 96}" cy="${y - 4}" r="4"/>` +
      `<text class="kind" x="${MARGIN + 15 + i * 96}" y="${y}">${type}</text></g>`,
  );
  const x = MARGIN + types.length * 96;
  items.push(
    `<g class="edge failed"><path d="M${x},${y - 4} C${x + 10},${y - 4} ${x + 18},${y - 4} ${x + 28},${y - 4}" stroke-width="1.6"/></g>`,
    `<text class="legend" x="${x + 36}" y="${y}">failed</text>`,
  );
  return items.join("");
}

/**
 * The graph as a self-contained SVG: light or dark as the viewer prefers, a tooltip on each node and edge, failed edges
 * red and dashed with their failures. Laid out by Graphviz.
 */
export async function graphSvg(graph: ServiceGraph, zone: MapZone | null = null): Promise<string> {
  const layout = await layoutGraph(graph);
  const labels = new Map(graph.nodes.map((node) => [node.id, nodeLabel(node)]));
  const namespaces = new Map(graph.nodes.map((node) => [node.id, node.namespace]));
  const isFar = ({ client, server }: GraphEdge): boolean =>
    layout.isCompact && namespaces.get(client) !== namespaces.get(server);
  const width = Math.ceil(Math.max(layout.width + 2 * MARGIN, LEGEND_WIDTH));
  const height = Math.ceil(layout.height + HEADER + MARGIN + LEGEND);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    "<title>Service graph by wirespan</title>",
    `<style>${SVG_STYLE}${zone === null ? "" : ZONE_STYLE}</style>`,
    '<defs><marker id="arrow" class="arrow" viewBox="0 0 8 8" refX="7.2" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0.6 L8,4 L0,7.4 z"/></marker>',
    '<marker id="arrow-failed" class="arrow failed" viewBox="0 0 8 8" refX="7.2" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0.6 L8,4 L0,7.4 z"/></marker></defs>',
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="heading" x="${MARGIN}" y="27">wirespan<tspan class="figures" dx="12">${xmlText(headerText(graph))}</tspan></text>`,
    `<text class="figures" x="${MARGIN}" y="45">${xmlText(aboutText(graph))}</text>`,
    `<g transform="translate(${MARGIN},${HEADER})">`,
    ...layout.namespaces.map(namespaceElement),
    ...graph.edges.map((edge, i) =>
      inZone(
        edgeElement(edge, isFar(edge), layout.edges[i] ?? { points: [], label: null }, labels),
        edgeZone(zone, edge.client, edge.server),
      ),
    ),
    ...graph.nodes.map((node) => inZone(nodeElement(node, layout), nodeZone(zone, node.id))),
    "</g>",
    legend(height - 18),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}
