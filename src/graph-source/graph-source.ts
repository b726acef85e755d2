// graph-source: opens the graph that a command works on. A graph has one kind of source.
import { ConfigError } from "../model/errors.ts";
import type { ServiceGraph } from "../model/service-graph.ts";
import { printMessage, type Report } from "../output/stderr.ts";
import type { CaptureOptions } from "./files/captured-graph.ts";
import type { LiveOptions } from "./live/live-graph.ts";
import type { PrometheusOptions } from "./prometheus/prometheus-graph.ts";

/** Options of all sources, as commander returns them. */
export interface GraphSourceOptions extends CaptureOptions, LiveOptions, PrometheusOptions {
  /** Graph files, merged; `-` is standard input. */
  readonly graph?: readonly string[];
}

type SourceKind = "captures" | "graph" | "live" | "prometheus";

/** Each option with the source that it selects, as people write it. */
const SELECTS: readonly (readonly [keyof GraphSourceOptions, SourceKind, string])[] = [
  ["files", "captures", "a capture file"],
  ["capture", "captures", "--capture"],
  ["graph", "graph", "--graph"],
  ["prometheus", "prometheus", "--prometheus"],
  ["live", "live", "--live"],
  ["context", "live", "--context"],
  ["kubeconfig", "live", "--kubeconfig"],
  ["agentNamespace", "live", "--agent-namespace"],
];

/** Options that have no effect without their source, and how to select it. */
const REQUIRES: readonly (readonly [keyof GraphSourceOptions, SourceKind, string, string])[] = [
  ...(
    [
      ["cluster", "--cluster"],
      ["events", "--events"],
      ["node", "--node"],
      ["agents", "--agents"],
      ["externalCidr", "--external-cidr"],
      ["preferLabels", "--prefer-labels"],
      ["keepNodes", "--keep-nodes"],
      ["dnsPort", "--dns-port"],
    ] as const
  ).map(([key, option]) => [key, "captures", option, "a capture file"] as const),
  ["range", "prometheus", "--range", "--prometheus URL"],
  ["at", "prometheus", "--at", "--prometheus URL"],
  ["prometheusMatch", "prometheus", "--prometheus-match", "--prometheus URL"],
  ["prometheusHeader", "prometheus", "--prometheus-header", "--prometheus URL"],
  ["prometheusCaFile", "prometheus", "--prometheus-ca-file", "--prometheus URL"],
];

/**
 * The graph of the selected source; without a selection, of the running agents. `report` receives messages about it.
 * Throws ConfigError and CaptureError.
 */
export async function openGraph(options: GraphSourceOptions, report: Report = printMessage): Promise<ServiceGraph> {
  const kind = sourceKind(options);
  // Each source loads libraries of its own.
  switch (kind) {
    case "captures":
      return (await import("./files/captured-graph.ts")).readCapturedGraph(options, report);
    case "graph":
      return (await import("./files/graph-files.ts")).readGraphFiles(options.graph ?? [], {
        output: options.output,
        report,
      });
    case "prometheus":
      return (await import("./prometheus/prometheus-graph.ts")).readPrometheusGraph(options, report);
    case "live":
      return (await import("./live/live-graph.ts")).readLiveGraph(options, { report });
  }
}

/** Whether the options select another source than the running agents. */
export function selectsGraph(options: GraphSourceOptions): boolean {
  return SELECTS.some(([key, kind]) => kind !== "live" && isGiven(options[key]));
}

/** Throws ConfigError for two sources, and for options of another one. */
function sourceKind(options: GraphSourceOptions): SourceKind {
  const selected = SELECTS.filter(([key]) => isGiven(options[key]));
  const [first] = selected;
  const kind = first?.[1] ?? "live";
  const other = selected.find(([, each]) => each !== kind);
  if (first !== undefined && other !== undefined) {
    const [file] = options.files ?? [];
    const what = first[0] === "files" && file !== undefined ? `capture file ${file}` : first[2];
    throw new ConfigError(`${what} and ${other[2]} are two sources of a graph; pass one of them`);
  }
  for (const [key, required, option, selection] of REQUIRES) {
    if (kind === required || !isGiven(options[key])) continue;
    const instead = first === undefined ? "" : ` and has no effect with ${first[2]}`;
    throw new ConfigError(`${option} requires ${selection}${instead}; ${first === undefined ? "pass one" : "omit it"}`);
  }
  return kind;
}

/** The files that a graph is made from, for `checkDistinctFiles`; without the log of events. */
export function sourceFiles({ graph = [], files = [], capture = [], cluster = [] }: GraphSourceOptions): string[] {
  const captured = capture.map((named) => named.slice(named.indexOf("=") + 1));
  return [...graph, ...files, ...captured, ...cluster];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}
