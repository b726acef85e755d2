import { styleText } from "node:util";
import type { GraphEdge, ServiceGraph } from "../model/service-graph.ts";
import { countText } from "../text/number-text.ts";
import { visibleText } from "../text/visible-text.ts";
import { alignedLines, GAP } from "./aligned-lines.ts";
import { fitColumns } from "./fit-columns.ts";
import {
  connectionCount,
  failureCount,
  failureText,
  lookupCount,
  millisText,
  portText,
} from "./labels/edge-figures.ts";
import { nodeLabel } from "./labels/node-label.ts";
import { totalsText } from "./labels/totals.ts";

export interface TableOptions {
  /** Terminal colors. Failed edges have a mark without them too. */
  readonly color: boolean;
  /** Columns of the terminal; null for no limit. */
  readonly width: number | null;
}

const HEAD = ["", "client", "server", "connections", "failed", "ports", "names", "p50 ms", "p99 ms"];
const ALL_COLUMNS = HEAD.map((_, column) => column);
const CLIENT = 1;
const SERVER = 2;
const CONNECTIONS = 3;
const FAILED = 4;
const PORTS = 5;
const NAMES = 6;
const P50 = 7;
const P99 = 8;
const FAILED_MARK = "✗";
/** Columns that shrink on a narrow terminal, in this order, and their minimal widths in the first and the last attempt. */
const SHRINKABLE: ReadonlyMap<number, { readonly first: number; readonly last: number }> = new Map([
  [NAMES, { first: 16, last: 16 }],
  [FAILED, { first: 16, last: 14 }],
  [SERVER, { first: 18, last: 12 }],
  [CLIENT, { first: 18, last: 12 }],
  [PORTS, { first: 12, last: 8 }],
]);
/** Columns that are hidden if that is not enough, lowest rank first: times, then names, which mostly equal the server. */
const HIDDEN: ReadonlyMap<number, number> = new Map([
  [P50, 0],
  [P99, 0],
  [NAMES, 1],
  [PORTS, 2],
]);

type Row = string[];
type Style = Parameters<typeof styleText>[0];

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 2).map(visibleText).join(", ");
  return names.length > 2 ? `${shown} +${names.length - 2}` : shown;
}

/** `8`, `8 +2 lookups`, `8 (8 own spans)`: connections without span pairs, because both ends are instrumented. */
function connectionsText(edge: GraphEdge): string {
  const lookups = lookupCount(edge);
  const more = lookups === 0 ? "" : ` +${countText(lookups, "lookup")}`;
  const bothInstrumented = edge.bothInstrumented === 0 ? "" : ` (${edge.bothInstrumented} own spans)`;
  return `${connectionCount(edge)}${more}${bothInstrumented}`;
}

function edgeRow(edge: GraphEdge, labels: ReadonlyMap<string, string>): Row {
  return [
    failureCount(edge) > 0 ? FAILED_MARK : "",
    labels.get(edge.client) ?? edge.client,
    labels.get(edge.server) ?? edge.server,
    connectionsText(edge),
    failureText(edge),
    portText(edge),
    namesText(edge.names),
    edge.handshake ? millisText(edge.handshake.p50) : "",
    edge.handshake ? millisText(edge.handshake.p99) : "",
  ];
}

/** Fits the rows into `width` columns, and returns the columns that are not hidden. */
function fitToWidth(rows: readonly Row[], width: number): { rows: readonly Row[]; columns: readonly number[] } {
  const fitted = fitColumns(
    HEAD.map((head, column) => ({
      cells: [head, ...rows.map((row) => row[column] ?? "")],
      minWidth: SHRINKABLE.get(column) ?? null,
      hidden: HIDDEN.get(column) ?? null,
    })),
    [...SHRINKABLE.keys()],
    { width, gap: GAP },
  );
  return {
    rows: rows.map((_, i) => fitted.map((cells) => cells?.[i + 1] ?? "")),
    columns: ALL_COLUMNS.filter((column) => fitted[column] !== null),
  };
}

/**
 * The edges as a table for a terminal, one edge per line, failed ones marked and colored, with totals in the last line.
 * Ports are the dialed ports, then the served ports if they differ; p50 and p99 are handshake times in milliseconds.
 */
export function graphTable(graph: ServiceGraph, options: TableOptions): string {
  const paint = (style: Style | null, text: string): string =>
    options.color && style !== null && text !== "" ? styleText(style, text, { validateStream: false }) : text;
  const labels = new Map(graph.nodes.map((node) => [node.id, nodeLabel(node)]));
  const whole = graph.edges.map((edge) => edgeRow(edge, labels));
  const { rows, columns } =
    options.width === null ? { rows: whole, columns: ALL_COLUMNS } : fitToWidth(whole, options.width);
  const head = columns.map((column) => paint("bold", HEAD[column] ?? ""));
  const painted = rows.map((row) => {
    const failed = row[0] !== "";
    return columns.map((column) => paint(cellStyle(column, failed), row[column] ?? ""));
  });
  const lines = alignedLines(
    [head, ...painted],
    columns.map((column) => column === CONNECTIONS || column > NAMES),
  );
  return `${lines.join("\n")}\n\n${paint("bold", totalsText(graph))}\n`;
}

function cellStyle(column: number, failed: boolean): Style | null {
  if (failed && (column === 0 || column === FAILED)) return "red";
  if (column === NAMES || column === PORTS) return "dim";
  return null;
}
