import assert from "node:assert/strict";
import { test } from "node:test";
import { type GraphEvidence, graphFindings } from "../../src/doctor/graph-findings.ts";
import type { Series } from "../../src/prometheus/prometheus.ts";

const TOTAL = "traces_service_graph_request_total";
const BUCKET = "traces_service_graph_request_server_seconds_bucket";

function series(name: string, value: number, labels: Record<string, string> = {}): Series {
  return { name, value, labels: { client: "a", server: "b", ...labels } };
}

const ALL_WELL: GraphEvidence = {
  sent: 10,
  testSeries: [series(TOTAL, 10), series(BUCKET, 10, { le: "0.01" })],
  hasGraph: true,
  hasCollector: true,
  hasSampler: false,
  secondsAhead: 0.4,
};

const cases: { title: string; change: Partial<GraphEvidence>; expect: [string, string, RegExp][] }[] = [
  {
    title: "all pairs, once",
    change: {},
    expect: [
      ["ok", "graph", /all 10/],
      ["ok", "clock", /to the second/],
    ],
  },
  {
    title: "replicas behind one load balancer share the pairs of one graph",
    change: { testSeries: [series(TOTAL, 6, { instance: "x" }), series(TOTAL, 4, { instance: "y" })] },
    expect: [
      ["ok", "graph", /all 10/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "two components that write the graph are named by the labels in which they differ",
    change: { testSeries: [series(TOTAL, 10, { job: "collector" }), series(TOTAL, 10, { source: "tempo" })] },
    expect: [
      ["failed", "graph", /10 test pairs are counted as 20.*\(job=collector, source=tempo\); disable/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "two scraped components are named by their jobs alone, whatever else differs",
    change: {
      testSeries: [
        series(TOTAL, 10, { job: "otel", instance: "a:1", otel_scope_name: "x", connection_type: "" }),
        series(TOTAL, 10, { job: "tempo", instance: "b:2", otel_scope_name: "y", cluster: "eu", source: "z" }),
      ],
    },
    expect: [
      ["failed", "graph", /counted as 20: two components write the graph .* \(job=otel, job=tempo\); disable/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "two components of one job are named by their instances",
    change: {
      testSeries: [series(TOTAL, 10, { job: "o", instance: "a:1" }), series(TOTAL, 10, { job: "o", instance: "b:2" })],
    },
    expect: [
      ["failed", "graph", /\(instance=a:1, instance=b:2\); disable/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a sampler that keeps some",
    change: { testSeries: [series(TOTAL, 6)] },
    expect: [
      [
        "failed",
        "graph",
        /only 6 of 10 test pairs .*connector receives sampled spans; let the connector receive all spans/,
      ],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a single missing pair points to a sampler, too",
    change: { testSeries: [series(TOTAL, 9)] },
    expect: [
      ["failed", "graph", /only 9 of 10/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a sampler that keeps nothing is found by its metrics",
    change: { testSeries: [], hasSampler: true },
    expect: [
      ["failed", "graph", /none of 10 test pairs .*connector receives sampled spans/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a Collector without the connector",
    change: { testSeries: [], hasGraph: false },
    expect: [
      ["failed", "graph", /no service_graph connector .*; add it as/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "neither a graph nor a Collector",
    change: { testSeries: [], hasGraph: false, hasCollector: false },
    expect: [
      ["failed", "graph", /no service_graph connector .*, or this Prometheus does not scrape/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "names with a prefix, which Grafana does not query",
    change: { testSeries: [series(`acme_${TOTAL}`, 10)] },
    expect: [
      ["failed", "graph", /acme_traces_service_graph_request_total.*remove `namespace: acme`/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "durations without a unit",
    change: { testSeries: [series(TOTAL, 10), series(BUCKET.replace("_seconds", ""), 10, { le: "10" })] },
    expect: [
      ["ok", "graph", /./],
      ["failed", "latency", /the names of durations lack a unit/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a clock so far off that Tempo discards spans",
    change: { secondsAhead: 20 },
    expect: [
      ["ok", "graph", /./],
      ["failed", "clock", /20 s ahead of Prometheus'/],
    ],
  },
  {
    title: "a graph of other edges only",
    change: { testSeries: [] },
    expect: [
      ["failed", "graph", /none of 10.*there are other edges/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a clock that is a little off is a warning",
    change: { secondsAhead: -5 },
    expect: [
      ["ok", "graph", /./],
      ["warning", "clock", /5 s behind Prometheus'/],
    ],
  },
  { title: "a server without a Date header", change: { secondsAhead: null }, expect: [["ok", "graph", /./]] },
];

for (const { title, change, expect } of cases) {
  test(`finding of the graph: ${title}`, () => {
    const findings = graphFindings({ ...ALL_WELL, ...change });
    assert.deepEqual(
      findings.map(({ status, check }) => [status, check]),
      expect.map(([status, check]) => [status, check]),
    );
    for (const [i, [, , text]] of expect.entries()) assert.match(findings[i]?.text ?? "", text);
  });
}
