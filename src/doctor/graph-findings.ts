import type { Series } from "../prometheus/prometheus.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

/** What Prometheus returns after the test pairs were sent. */
export interface GraphEvidence {
  /** Test pairs that the Collector accepted, each in its own trace. */
  readonly sent: number;
  /** All series of this run's test edge. */
  readonly testSeries: readonly Series[];
  /** Whether there are series of any other edge. */
  readonly hasGraph: boolean;
  /** Whether there are internal metrics of the Collector, and among them those of a sampler. */
  readonly hasCollector: boolean;
  readonly hasSampler: boolean;
  /** How far this machine's clock is ahead of Prometheus'; null if unknown. */
  readonly secondsAhead: number | null;
}

const REQUESTS = /^(?:(.+)_)?traces_service_graph_request(?:_total)?$/;
const LATENCY = /traces_service_graph_request_(?:server|client)(_seconds)?_bucket$/;
const NOT_SCRAPED = "this Prometheus does not scrape its prometheus exporter (port 8889 in collector-config)";
const SAMPLED =
  "the service_graph connector receives sampled spans; let the connector receive all spans, and sample after it";
/** Tempo discards spans with a time 30 s off; the pairs are some seconds old on arrival. */
const FATAL_SECONDS = 20;
const NOTICEABLE_SECONDS = 3;

/** Number of test pairs in the graph; exceeds the number sent if two components generate the graph. */
export function countedPairs(testSeries: readonly Series[]): number {
  return testSeries.filter(({ name }) => REQUESTS.test(name)).reduce((sum, { value }) => sum + Math.round(value), 0);
}

/** Checks that the graph has the test edge in the form that Grafana queries, and finds the cause if it does not. */
export function graphFindings(evidence: GraphEvidence): Finding[] {
  return [arrival(evidence), ...latency(evidence), ...clock(evidence)];
}

function arrival({ sent, testSeries, ...evidence }: GraphEvidence): Finding {
  const counted = countedPairs(testSeries);
  if (counted === 0) return failed("graph", `none of ${sent} test pairs is in the graph: ${causeOfNone(evidence)}`);
  const requests = testSeries.filter(({ name, value }) => REQUESTS.test(name) && value > 0);
  const prefix = requests.map(({ name }) => REQUESTS.exec(name)?.[1]).find((found) => found !== undefined);
  if (prefix !== undefined) {
    return failed(
      "graph",
      `the edge is named ${prefix}_traces_service_graph_request_total, which Grafana does not query; remove \`namespace: ${prefix}\` from the Collector's prometheus exporter`,
    );
  }
  if (counted > sent) {
    return failed(
      "graph",
      `${sent} test pairs are counted as ${counted}: two components write the graph to this Prometheus, and Grafana adds them up (${sources(requests)}); disable Tempo's service-graphs, or the connector of one Collector`,
    );
  }
  if (counted < sent) {
    return failed("graph", `only ${counted} of ${sent} test pairs are in the graph: ${SAMPLED}`);
  }
  return ok("graph", `the graph counts all ${sent} test pairs once`);
}

function causeOfNone({ hasGraph, hasCollector, hasSampler }: Omit<GraphEvidence, "sent" | "testSeries">): string {
  if (hasSampler) return SAMPLED;
  if (hasGraph) {
    return `there are other edges, so the service_graph connector is behind a sampler or filter, or ${NOT_SCRAPED} but that of another Collector; correct the order of the pipeline, or the scrape configuration`;
  }
  const connector = "the Collector has no service_graph connector in the pipeline that receives the spans";
  return hasCollector
    ? `${connector}; add it as in collector-config/collector.yaml`
    : `${connector}, or ${NOT_SCRAPED}; compare with collector-config/collector.yaml`;
}

/** Labels that identify the source of a series, in order of preference. All other labels describe what it counts. */
const ORIGINS = ["job", "instance", "source", "exported_job", "exported_instance", "cluster", "replica", "pod"];
const MAX_SOURCES = 4;

/** The sources of the series, each by its preferred label among those that differ: `job=a, source=b`. */
function sources(series: readonly Series[]): string {
  const names = [...new Set([...ORIGINS, ...series.flatMap(({ labels }) => Object.keys(labels))])];
  const differing = names.filter((name) => new Set(series.map(({ labels }) => labels[name])).size > 1);
  const found = series.map(({ labels }) => {
    const name = differing.find((label) => labels[label] !== undefined);
    return name === undefined ? "one without these labels" : `${name}=${labels[name]}`;
  });
  return differing.length === 0 ? "their labels are the same" : [...new Set(found)].slice(0, MAX_SOURCES).join(", ");
}

function latency({ testSeries }: GraphEvidence): Finding[] {
  const histograms = testSeries.map(({ name }) => LATENCY.exec(name)).filter((match) => match !== null);
  if (histograms.length === 0 || histograms.some(([, unit]) => unit !== undefined)) return [];
  return [
    failed(
      "latency",
      "the names of durations lack a unit, so Grafana shows no latency; remove the `translation_strategy` without suffixes (`add_metric_suffixes: false` in older Collectors) from the Collector's prometheus exporter",
    ),
  ];
}

function clock({ secondsAhead }: GraphEvidence): Finding[] {
  if (secondsAhead === null) return [];
  const seconds = Math.round(Math.abs(secondsAhead));
  const text = `this machine's clock is ${seconds} s ${secondsAhead > 0 ? "ahead of" : "behind"} Prometheus'; Tempo discards spans with a time 30 s off; synchronize both clocks with NTP`;
  if (seconds >= FATAL_SECONDS) return [failed("clock", text)];
  return [
    seconds >= NOTICEABLE_SECONDS ? warning("clock", text) : ok("clock", "agrees with Prometheus' to the second"),
  ];
}
