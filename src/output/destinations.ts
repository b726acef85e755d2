// EDGE: the environment
import type { CommonOptions } from "../config.ts";
import type { ExporterOptions } from "../export/create-exporter.ts";
import { type OtlpEnvironment, readOtlpEnvironment } from "../export/otlp/otlp-environment.ts";
import { type ExportCounters, type Exporter, newExportCounters } from "../export/queue/exporter.ts";
import { ConfigError } from "../model/errors.ts";
import type { PairCounts, PairRules } from "../report/pair-selector.ts";
import { VERSION } from "../version.ts";
import { isStandardOutput, Output } from "./files/output.ts";
import { GraphResults } from "./graph-results.ts";
import { LineResults } from "./line-results.ts";
import { RenewedGraph } from "./renewed-graph.ts";
import type { Format, Results, ResultsOptions } from "./results.ts";
import { printMessage } from "./stderr.ts";

/** What a command writes, and to which destinations. */
export interface Destinations {
  /** Null if only span pairs are sent. */
  readonly format: Format | null;
  /** Where span pairs go; null if none are sent. */
  readonly otlp: OtlpEnvironment | null;
  readonly pairs: PairRules;
  /** File of the results; undefined or `-`: standard output. */
  readonly output: string | undefined;
  /** File of the counters; `-`: standard output; undefined: none. */
  readonly stats: string | undefined;
  readonly keepNodes: boolean;
  /** Graphs are also written while they grow, so often; absent: only at the end. */
  readonly renewMillis?: number | undefined;
}

/** Consumers that multiply a pair by the number of connections it represents. */
export const AGGREGATION_CONSUMERS = ["tempo"] as const;
const AGGREGATION_WARNING =
  "--aggregate-for tempo: one span pair represents many connections; Tempo multiplies it by span_multiplier_key, a Collector's service_graph connector undercounts";

/**
 * The destinations of results, span pairs and counters. Only one machine-readable format can go to standard output.
 * Throws ConfigError.
 */
export function readDestinations(options: CommonOptions, format: Format | null, sends: boolean): Destinations {
  const otlp = sends ? readOtlpEnvironment(process.env) : null;
  const hasStandardOutput = format !== null && isStandardOutput(options.output);
  const isConsole = otlp?.tracesExporter === "console";
  if (isConsole && hasStandardOutput) {
    throw new ConfigError(
      "OTEL_TRACES_EXPORTER=console and the results both write to standard output; write the results to a file with -o FILE",
    );
  }
  if (options.stats === "-" && (isConsole || (hasStandardOutput && format !== "table"))) {
    throw new ConfigError(
      `--stats - and the ${isConsole ? "span pairs" : format} both write to standard output; use --stats FILE${isConsole ? "" : " or -o FILE"}`,
    );
  }
  const pairs = {
    keepsInstrumented: options.keepInstrumented === true,
    maxPairsPerEdge: parseMaxPairs(options.maxPairsPerEdge),
    aggregates: options.aggregateFor !== undefined,
  };
  const { output, stats, keepNodes = false } = options;
  return { format, otlp, pairs, output, stats, keepNodes };
}

function parseMaxPairs(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new ConfigError(
      `invalid --max-pairs-per-edge ${JSON.stringify(text)}: expected a whole number from 1 to 999999999`,
    );
  }
  return Number(text);
}

export function createResults(format: Format, options: ResultsOptions): Results {
  return format === "jsonl" ? new LineResults(options) : new GraphResults(format, options);
}

/** The results of these destinations; null: none are written. Throws ConfigError when their file cannot be written. */
export function openResults(
  { format, output, keepNodes, renewMillis }: Destinations,
  options: Omit<ResultsOptions, "output" | "keepNodes">,
): Results | null {
  if (renewMillis !== undefined && format !== null && format !== "jsonl") {
    return new RenewedGraph(format, { ...options, keepNodes, path: output });
  }
  return format === null ? null : createResults(format, { ...options, output: new Output(output), keepNodes });
}

/** The exporter of these destinations, not started; its code is loaded only if needed. Throws ConfigError. */
export async function openExporter(
  { otlp, pairs, keepNodes }: Destinations,
  options: Omit<ExporterOptions, "version" | "keepNodes">,
): Promise<Exporter | null> {
  if (otlp === null) return null;
  if (pairs.aggregates) printMessage(AGGREGATION_WARNING);
  const { createExporter } = await import("../export/create-exporter.ts");
  return createExporter(process.env, { ...options, keepNodes, version: VERSION });
}

/** Span pairs by fate, as in `--stats`. */
export interface PairStats extends PairCounts, ExportCounters {}

export function pairStats(counts: PairCounts, exporter: Exporter | null): PairStats {
  return { ...counts, ...(exporter?.counters ?? newExportCounters()) };
}
