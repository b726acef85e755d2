import { type Finding, failed, ok, warning } from "./finding.ts";
import type { Series } from "./prometheus.ts";

/** What Prometheus shows after the test pairs were sent. */
export interface GraphEvidence {
  /** Test pairs that the Collector took, each in a trace of its own. */
  readonly sent: number;
  /** All series of this run's test edge. */
  readonly grown: readonly Series[];
  /** Whether there is a service graph of anything else. */
  readonly hasGraph: boolean;
  /** Whether the Collector's own counters are there, and those of its samplers among them. */
  readonly hasCollector: boolean;
  readonly hasSampler: boolean;
  /** Of this machine's clock over Prometheus'. */
  readonly secondsAhead: number | null;
}

const REQUESTS = /^(?:(.+)_)?traces_service_graph_request(?:_total)?$/;
const LATENCY = /traces_service_graph_request_(?:server|client)(_seconds)?_bucket$/;
const SCRAPE = "this Prometheus does not scrape its prometheus exporter (8889 in collector-config)";
/** Tempo discards what is 30 s off, and the pairs have aged when they come. */
const FATAL_SECONDS = 20;
const NOTICEABLE_SECONDS = 3;

/** How many of the test pairs were counted; more than were sent where two count. */
export function countedPairs(grown: readonly Series[]): number {
  return grown.filter(({ name }) => REQUESTS.test(name)).reduce((sum, { value }) => sum + Math.round(value), 0);
}

/** Whether the test edge came out at the other end as Grafana asks for it, and if not, why. */
export function graphFindings(evidence: GraphEvidence): Finding[] {
  return [arrival(evidence), ...latency(evidence), ...clock(evidence)];
}

function arrival({ sent, grown, ...evidence }: GraphEvidence): Finding {
  const counted = countedPairs(grown);
  if (counted === 0) return failed("graph", `none of ${sent} test pairs is in the graph: ${whyMissing(evidence)}`);
  const requests = grown.filter(({ name, value }) => REQUESTS.test(name) && value > 0);
  const prefix = requests.map(({ name }) => REQUESTS.exec(name)?.[1]).find((found) => found !== undefined);
  if (prefix !== undefined) {
    return failed(
      "graph",
      `the edge is there as ${prefix}_traces_service_graph_request_total, where Grafana does not look; remove \`namespace: ${prefix}\` from the Collector's prometheus exporter`,
    );
  }
  if (counted > sent) {
    return failed(
      "graph",
      `${sent} test pairs are counted as ${counted}: two draw the graph into this Prometheus, and Grafana adds them up (${sources(requests)}); turn off Tempo's service-graphs, or the connector of one Collector`,
    );
  }
  if (counted < sent) {
    return failed(
      "graph",
      `only ${counted} of ${sent} test pairs are in the graph: a sampler stands before the service_graph connector; let the connector see all spans, and sample behind it`,
    );
  }
  return ok("graph", `all ${sent} test pairs are in the graph, once`);
}

function whyMissing({ hasGraph, hasCollector, hasSampler }: Omit<GraphEvidence, "sent" | "grown">): string {
  if (hasSampler) {
    return "a sampler stands before the service_graph connector; let the connector see all spans, and sample behind it";
  }
  if (hasGraph) {
    return `there are other edges, so a sampler or filter stands before the service_graph connector, or ${SCRAPE} but that of another Collector`;
  }
  const connector = "the Collector has no service_graph connector in the pipeline that takes the spans";
  return hasCollector
    ? `${connector}; add it as collector-config/collector.yaml does`
    : `${connector}, or ${SCRAPE}; compare with collector-config/collector.yaml`;
}

/** Labels that say where a series comes from, the plainest first; others tell of what it counts. */
const ORIGINS = ["job", "instance", "source", "exported_job", "exported_instance", "cluster", "replica", "pod"];
const MAX_SOURCES = 4;

/** Where the series come from, each by the plainest label in which it differs from others and that it has: `job=a, source=b`. */
function sources(series: readonly Series[]): string {
  const names = [...new Set([...ORIGINS, ...series.flatMap(({ labels }) => Object.keys(labels))])];
  const differing = names.filter((name) => new Set(series.map(({ labels }) => labels[name])).size > 1);
  const found = series.map(({ labels }) => {
    const name = differing.find((label) => labels[label] !== undefined);
    return name === undefined ? "one without such labels" : `${name}=${labels[name]}`;
  });
  return differing.length === 0 ? "their labels are the same" : [...new Set(found)].slice(0, MAX_SOURCES).join(", ");
}

function latency({ grown }: GraphEvidence): Finding[] {
  const histograms = grown.map(({ name }) => LATENCY.exec(name)).filter((match) => match !== null);
  if (histograms.length === 0 || histograms.some(([, unit]) => unit !== undefined)) return [];
  return [
    failed(
      "latency",
      "durations have no unit in their names, so Grafana shows no latency; remove the `translation_strategy` without suffixes (`add_metric_suffixes: false` in older Collectors) from the Collector's prometheus exporter",
    ),
  ];
}

function clock({ secondsAhead }: GraphEvidence): Finding[] {
  if (secondsAhead === null) return [];
  const seconds = Math.round(Math.abs(secondsAhead));
  const text = `this machine's clock is ${seconds} s ${secondsAhead > 0 ? "ahead of" : "behind"} Prometheus'; Tempo discards spans that are 30 s off: let both follow NTP`;
  if (seconds >= FATAL_SECONDS) return [failed("clock", text)];
  return [
    seconds >= NOTICEABLE_SECONDS
      ? warning("clock", text)
      : ok("clock", "this machine's is Prometheus', to the second"),
  ];
}
