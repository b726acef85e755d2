// EDGE: the environment
import type { CommonOptions } from "../config.ts";
import type { ExporterOptions } from "../export/create-exporter.ts";
import { type OtlpEnvironment, readOtlpEnvironment } from "../export/otlp/otlp-environment.ts";
import { type ExportCounters, type Exporter, newExportCounters } from "../export/queue/exporter.ts";
import { ConfigError } from "../model/errors.ts";
import type { PairCounts, PairRules, PairSelector } from "../report/pair-selector.ts";
import { VERSION } from "../version.ts";
import { GraphResults } from "./graph-results.ts";
import { LineResults } from "./line-results.ts";
import { FORMATS, type Format, type Results, type ResultsOptions } from "./results.ts";
import { printMessage } from "./stderr.ts";

/** What a command writes, and where. */
export interface Destinations {
  /** Null: no results are written, only span pairs are sent. */
  readonly format: Format | null;
  /** Where span pairs go; null: nowhere. */
  readonly otlp: OtlpEnvironment | null;
  readonly pairs: PairRules;
}

/** Who multiplies what one pair stands for. */
export const AGGREGATION_CONSUMERS = ["tempo"] as const;
const AGGREGATION_WARNING =
  "one span pair stands for many connections (--aggregate-for tempo): Tempo counts them by its span_multiplier_key, a Collector's service_graph connector would undercount";

const STANDARD_OUTPUT = "-";

/**
 * Reads where results, span pairs and counters are to go. Standard output can hold only one of them that a program
 * reads. Throws ConfigError.
 */
export function readDestinations(options: CommonOptions, format: Format | null, sends: boolean): Destinations {
  const otlp = sends ? readOtlpEnvironment(process.env) : null;
  const hasStandardOutput = format !== null && (options.output ?? STANDARD_OUTPUT) === STANDARD_OUTPUT;
  const isConsole = otlp?.tracesExporter === "console";
  if (isConsole && hasStandardOutput) {
    throw new ConfigError(
      "OTEL_TRACES_EXPORTER=console prints span pairs to standard output, where the results go too; give the results a file with -o FILE",
    );
  }
  if (options.stats === STANDARD_OUTPUT && (isConsole || (hasStandardOutput && format !== "table"))) {
    throw new ConfigError(
      `--stats - would mix counters with the ${isConsole ? "span pairs" : format} on standard output; write --stats FILE${isConsole ? "" : ", or give the results a file with -o FILE"}`,
    );
  }
  const pairs = {
    keepsInstrumented: options.keepInstrumented === true,
    maxPairsPerEdge: parseMaxPairs(options.maxPairsPerEdge),
    aggregates: options.aggregateFor !== undefined,
  };
  return { format, otlp, pairs };
}

function parseMaxPairs(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new ConfigError(
      `--max-pairs-per-edge ${JSON.stringify(text)} is not a number of pairs; give a whole number from 1 up`,
    );
  }
  return Number(text);
}

/** The format that was asked for; commander has checked it. Throws ConfigError for a name of a form that is not written. */
export function formatOf({ format, output }: CommonOptions): Format | null {
  if (format !== undefined) return FORMATS.find((known) => known === format) ?? null;
  const suffix = /\.(\w+)$/.exec(output ?? "")?.[1]?.toLowerCase();
  if (suffix === undefined) return null;
  if (!NOT_WRITTEN.has(suffix)) return SUFFIXES.get(suffix) ?? null;
  const written = [...new Set(SUFFIXES.values())].map((known) => [...SUFFIXES].find(([, one]) => one === known)?.[0]);
  throw new ConfigError(
    `-o ${output} asks for a form that is not written; name it .${written.join(", .")}, or say --format (a browser makes PNG and PDF of .svg and .html)`,
  );
}

/** Pictures, documents and tables of other programs: a table of text under such a name would be opened by none of them. */
const NOT_WRITTEN: ReadonlySet<string> = new Set(
  "png pdf jpg jpeg gif webp bmp tif tiff eps ps csv tsv xls xlsx ods doc docx odt xml graphml gexf yaml yml drawio puml".split(
    " ",
  ),
);

/** What a file's name says of its form. */
const SUFFIXES: ReadonlyMap<string, Format> = new Map([
  ["json", "json"],
  ["jsonl", "jsonl"],
  ["dot", "dot"],
  ["gv", "dot"],
  ["mmd", "mermaid"],
  ["mermaid", "mermaid"],
  ["svg", "svg"],
  ["html", "html"],
]);

export function createResults(format: Format, options: ResultsOptions): Results {
  return format === "jsonl" ? new LineResults(options) : new GraphResults(format, options);
}

/** The exporter of these destinations, not yet started; loaded only where there is one. Throws ConfigError. */
export async function openExporter(
  { otlp, pairs }: Destinations,
  options: Omit<ExporterOptions, "version">,
): Promise<Exporter | null> {
  if (otlp === null) return null;
  if (pairs.aggregates) printMessage(AGGREGATION_WARNING);
  const { createExporter } = await import("../export/create-exporter.ts");
  return createExporter(process.env, { ...options, version: VERSION });
}

/** What became of the span pairs, as `--stats` tells it. */
export interface PairStats extends PairCounts, ExportCounters {}

export function pairStats(pairs: PairSelector, exporter: Exporter | null): PairStats {
  return { ...pairs.counts, ...(exporter?.counters ?? newExportCounters()) };
}
