import { EDGE_OUTCOMES, isFailure } from "../../model/interaction.ts";
import type { MapData, MapEdge } from "../../model/map-data.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { serviceWays } from "../../selection/service-ways.ts";
import { visibleText } from "../../text/visible-text.ts";
import {
  connectionCount,
  edgeLabelLines,
  failureCount,
  lookupCount,
  millisText,
  outcomeText,
  portText,
} from "../labels/edge-figures.ts";
import { nodeLabel, typeText } from "../labels/node-label.ts";
import type { Box } from "./geometry.ts";
import { type Layout, nodeCard } from "./layout.ts";
import { toMapCurve } from "./map-curve.ts";

const NOWHERE: Box = { x: 0, y: 0, width: 0, height: 0 };

/** The latest time of a `Date`. */
const MAX_DATE_MILLIS = 8.64e15;

function timeText(micros: number): string {
  if (!(Math.abs(micros / 1000) <= MAX_DATE_MILLIS)) return `${micros / 1e6} s`;
  return new Date(micros / 1000).toISOString().replace("T", " ").replace("Z", " UTC");
}

function handshakeTexts({ handshake }: GraphEdge): readonly string[] {
  return handshake === null
    ? []
    : [handshake.p50, handshake.p90, handshake.p99].map((value) => `${millisText(value)} ms`);
}

function ownSpansText({ bothInstrumented }: GraphEdge): string {
  return bothInstrumented === 0 ? "" : `no span pairs of ${bothInstrumented}: both ends are instrumented`;
}

/** The end of the observation, or the last interaction where that is later or the observation unknown. */
function endMicros({ observed, edges }: ServiceGraph): number {
  const last = (latest: number, micros: number): number => Math.max(latest, micros);
  return [...observed.map(({ toMicros }) => toMicros), ...edges.map(({ lastSeenMicros }) => lastSeenMicros)].reduce(
    last,
    Number.NEGATIVE_INFINITY,
  );
}

/** Absent where there are none. */
function waysOf(graph: ServiceGraph, nodes: ReadonlyMap<string, number>): Pick<MapData, "behind" | "dialled"> {
  const ways = serviceWays(graph);
  const edges = new Map(graph.edges.map((edge, index) => [edge, index]));
  const indexOf = ({ id }: GraphNode): number => nodes.get(id) ?? 0;
  const behind = ways.behind.map(({ service, workload }) => [indexOf(service), indexOf(workload)] as const);
  const dialled = ways.dialled.map(({ service, edge }) => [indexOf(service), edges.get(edge) ?? 0] as const);
  return { ...(behind.length === 0 ? {} : { behind }), ...(dialled.length === 0 ? {} : { dialled }) };
}

/** The data of the HTML map, prepared so that the page does not compute on the graph. */
export function toMapData(graph: ServiceGraph, layout: Layout): MapData {
  const boxOf = (id: string): Box => layout.nodes.get(id) ?? NOWHERE;
  const indexOf = new Map(graph.nodes.map(({ id }, index) => [id, index]));
  const namespaceIndex = new Map(layout.namespaces.map(({ namespace }, index) => [namespace, index]));
  const nodes = graph.nodes.map((node) => {
    const { x, y, width, height } = boxOf(node.id);
    return {
      id: node.id,
      title: nodeCard(node, layout.isCompact).title,
      label: nodeLabel(node),
      type: node.type,
      kind: visibleText(node.kind ?? typeText(node)),
      namespace: node.namespace === null ? null : (namespaceIndex.get(node.namespace) ?? null),
      x: Math.round(x + width / 2),
      y: Math.round(y + height / 2),
      width,
      height: Math.min(height, 34),
    };
  });
  const end = endMicros(graph);
  const edges = graph.edges.map((edge, i): MapEdge => {
    const { points, label } = layout.edges[i] ?? { points: [], label: null };
    return {
      client: indexOf.get(edge.client) ?? 0,
      server: indexOf.get(edge.server) ?? 0,
      connections: connectionCount(edge),
      lookups: lookupCount(edge),
      failed: failureCount(edge),
      outcomes: EDGE_OUTCOMES.flatMap((outcome) => {
        const count = edge.outcomes[outcome] ?? 0;
        return count > 0 ? [[outcomeText(edge, outcome), count, isFailure(outcome)] as const] : [];
      }),
      caption: edgeLabelLines(edge).join("\n"),
      ports: portText(edge),
      ownSpans: ownSpansText(edge),
      names: edge.names.map(visibleText),
      handshake: handshakeTexts(edge),
      evidence: edge.evidence,
      established: edge.outcomes.established,
      firstSeen: timeText(edge.firstSeenMicros),
      lastSeen: timeText(edge.lastSeenMicros),
      age: Math.max(0, Math.round((end - edge.lastSeenMicros) / 1e6)),
      curve: toMapCurve(points, label, boxOf(edge.client), boxOf(edge.server), layout.isCompact),
    };
  });
  const namespaces = layout.namespaces.map(({ namespace, box }) => ({
    name: visibleText(namespace),
    x: Math.round(box.x + box.width / 2),
    y: Math.round(box.y + box.height / 2),
    width: Math.round(box.width),
    height: Math.round(box.height),
  }));
  return { nodes, edges, namespaces, ...waysOf(graph, indexOf), isCompact: layout.isCompact };
}
