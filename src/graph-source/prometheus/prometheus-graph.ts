// EDGE: the clock, standard error
import { createHash } from "node:crypto";
import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { printMessage, type Report } from "../../output/stderr.ts";
import { Prometheus } from "../../prometheus/prometheus.ts";
import { type PrometheusAccessOptions, readPrometheusAccess } from "../../prometheus/prometheus-access.ts";
import { PrometheusError } from "../../prometheus/prometheus-error.ts";
import { parseDuration, parseTime } from "../../text/duration-text.ts";
import { countText } from "../../text/number-text.ts";
import { noMetricsProblem } from "./no-metrics.ts";
import { readCounters } from "./read-counters.ts";
import { readLatency } from "./read-latency.ts";
import { type RequestEdges, requestEdges } from "./request-edges.ts";
import { graphOfRequests } from "./request-graph.ts";
import { requestSelector } from "./request-selector.ts";
import type { TimeSpan } from "./sample-pages.ts";

/** Options of the metrics in Prometheus, as commander returns them. */
export interface PrometheusOptions extends PrometheusAccessOptions {
  /** True: the URL of PROMETHEUS_URL. */
  readonly prometheus?: string | true;
  readonly range?: string;
  readonly at?: string;
  readonly prometheusMatch?: readonly string[];
}

const DEFAULT_RANGE = "7d";
/** A server takes 2 min for a query at most, by default. */
const ANSWER_MILLIS = 130_000;
const MATCHER = /^[a-zA-Z_]\w*(=|!=|=~|!~)"([^"\\]|\\.)*"$/;

/** The graph of the service graph metrics in Prometheus. Throws ConfigError. */
export async function readPrometheusGraph(
  options: PrometheusOptions,
  report: Report = printMessage,
): Promise<ServiceGraph> {
  const range = readRange(options, Date.now() / 1_000);
  const matchers = (options.prometheusMatch ?? []).map(parseMatcher);
  const access = readPrometheusAccess(options.prometheus ?? true, options);
  try {
    return await graphOf(new Prometheus(access, ANSWER_MILLIS), range, matchers, report);
  } catch (error) {
    throw error instanceof PrometheusError ? new ConfigError(error.message) : error;
  }
}

async function graphOf(
  prometheus: Prometheus,
  range: TimeSpan,
  matchers: readonly string[],
  report: Report,
): Promise<ServiceGraph> {
  const selector = requestSelector(matchers);
  const read = await readCounters(prometheus, selector, range);
  if (read === null) throw new ConfigError(await noMetricsProblem(prometheus, range, matchers));
  const edges = requestEdges(read.counters);
  const latency = await readLatency(prometheus, selector, range, edges.edges.length);
  reportNotes(edges, read.stepSeconds, report);
  const name = [prometheus.url, ...matchers, range.to].join("\n");
  return graphOfRequests(edges.edges, {
    instance: `prometheus-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`,
    range,
    counters: read.counters,
    latency,
  });
}

function reportNotes({ edges, countedTwice }: RequestEdges, stepSeconds: number | null, report: Report): void {
  if (countedTwice > 0) {
    const tempo = edges.filter(({ producer }) => producer === "tempo").length;
    report(
      `a Collector and Tempo both count ${countText(countedTwice, "edge")} in this Prometheus; used once: ${countText(edges.length - tempo, "edge")} of the Collector, ${countText(tempo, "edge")} of Tempo`,
    );
  }
  if (stepSeconds !== null) {
    report(
      `many samples: times are exact to ${countText(Math.round(stepSeconds / 60), "minute")}; reduce --range for exact ones`,
    );
  }
}

/** Whole seconds. Throws ConfigError. */
function readRange({ range = DEFAULT_RANGE, at }: PrometheusOptions, nowSeconds: number): TimeSpan {
  const seconds = parseDuration(range);
  if (seconds === null || seconds < 1) {
    throw new ConfigError(`invalid --range ${JSON.stringify(range)}: expected a duration, such as 2h or 7d`);
  }
  const to = Math.ceil(at === undefined ? nowSeconds : Math.min(nowSeconds, parseEnd(at, nowSeconds)));
  return { from: Math.floor(to - seconds), to };
}

function parseEnd(text: string, nowSeconds: number): number {
  const ago = parseDuration(text);
  const seconds = ago === null ? parseTime(text) : nowSeconds - ago;
  if (seconds !== null) return seconds;
  throw new ConfigError(
    `invalid --at ${JSON.stringify(text)}: expected a time such as 2026-01-31T08:00:00Z, or 1d for a day ago`,
  );
}

function parseMatcher(text: string): string {
  if (MATCHER.test(text)) return text;
  throw new ConfigError(`invalid --prometheus-match ${JSON.stringify(text)}: expected a matcher such as 'cluster="a"'`);
}
