import { styleText } from "node:util";
import type { GraphEdge, ServiceGraph } from "../model/service-graph.ts";
import { visibleText } from "../text/visible-text.ts";
import { alignedLines } from "./aligned-lines.ts";
import {
  connectionCount,
  failureCount,
  failureText,
  lookupCount,
  millisText,
  portText,
} from "./labels/edge-figures.ts";
import { nodeLabel } from "./labels/node-label.ts";
import { timeText } from "./labels/observed-text.ts";
import { totalsText } from "./labels/totals.ts";

type Flow = GraphEdge["flows"][number];

/** Each column: its head, its cell, and whether it is aligned right. */
const COLUMNS: readonly (readonly [head: string, cell: (edge: GraphEdge) => string, right?: true])[] = [
  ["connections", (edge) => `${connectionCount(edge)}`, true],
  ["lookups", (edge) => `${lookupCount(edge)}`, true],
  ["own spans", (edge) => `${edge.bothInstrumented}`, true],
  ["failed", failureText],
  ["ports", portText],
  ["p50 ms", ({ handshake }) => (handshake ? millisText(handshake.p50) : ""), true],
  ["p90 ms", ({ handshake }) => (handshake ? millisText(handshake.p90) : ""), true],
  ["p99 ms", ({ handshake }) => (handshake ? millisText(handshake.p99) : ""), true],
  ["first seen", ({ firstSeenMicros }) => timeText(firstSeenMicros)],
  ["last seen", ({ lastSeenMicros }) => timeText(lastSeenMicros)],
  ["evidence", ({ evidence }) => evidence.join(", ")],
  ["names", ({ names }) => names.map(visibleText).join(", ")],
  ["flows", flowsText],
];
const MAX_FLOWS = 5;
const FAILED_MARK = "✗";

/** The flows with most interactions: `80 → 3550 shop/catalog ×5; 443 api.example.com ×2 (1 failed)`. */
function flowsText({ flows, flowsOmitted }: GraphEdge): string {
  const most = [...flows].sort((a, b) => b.count - a.count).slice(0, MAX_FLOWS);
  const omitted =
    flows.reduce((sum, { count }) => sum + count, flowsOmitted) - most.reduce((sum, { count }) => sum + count, 0);
  return [...most.map(flowText), ...(omitted > 0 ? [`${omitted} more`] : [])].join("; ");
}

function flowText({ dialledPort, servedPort, service, name, count, failed }: Flow): string {
  const served = servedPort === null || servedPort === dialledPort ? null : `→ ${servedPort}`;
  const parts = [dialledPort, served, service ?? name, `×${count}`, failed === 0 ? null : `(${failed} failed)`];
  return visibleText(parts.filter((part) => part !== null).join(" "));
}

/** Every figure of each edge, one edge per line, however long the lines are. */
export function wideTable(graph: ServiceGraph, color: boolean): string {
  const paint = (style: "bold" | "red", text: string): string =>
    color && text !== "" ? styleText(style, text, { validateStream: false }) : text;
  const labels = new Map(graph.nodes.map((node) => [node.id, nodeLabel(node)]));
  const head = ["", "client", "server", ...COLUMNS.map(([name]) => name)].map((name) => paint("bold", name));
  const rows = graph.edges.map((edge) => [
    failureCount(edge) > 0 ? paint("red", FAILED_MARK) : "",
    labels.get(edge.client) ?? edge.client,
    labels.get(edge.server) ?? edge.server,
    ...COLUMNS.map(([, cell]) => cell(edge)),
  ]);
  const right = [false, false, false, ...COLUMNS.map(([, , isRight]) => isRight === true)];
  return `${alignedLines([head, ...rows], right).join("\n")}\n\n${paint("bold", totalsText(graph))}\n`;
}
