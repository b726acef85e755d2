import assert from "node:assert/strict";
import { test } from "node:test";
import { type GraphEvidence, graphFindings } from "../../src/doctor/graph-findings.ts";
import type { Series } from "../../src/doctor/prometheus.ts";

const TOTAL = "traces_service_graph_request_total";
const BUCKET = "traces_service_graph_request_server_seconds_bucket";

function series(name: string, value: number, labels: Record<string, string> = {}): Series {
  return { name, value, labels: { client: "a", server: "b", ...labels } };
}

const ALL_WELL: GraphEvidence = {
  sent: 10,
  grown: [series(TOTAL, 10), series(BUCKET, 10, { le: "0.01" })],
  ...{ hasGraph: true, hasCollector: true, hasSampler: false, secondsAhead: 0.4 },
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
    title: "replicas behind one load balancer share the pairs, which is one graph",
    change: { grown: [series(TOTAL, 6, { instance: "x" }), series(TOTAL, 4, { instance: "y" })] },
    expect: [
      ["ok", "graph", /all 10/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "two that draw are told apart by the labels in which they differ",
    change: { grown: [series(TOTAL, 10, { job: "collector" }), series(TOTAL, 10, { source: "tempo" })] },
    expect: [
      ["failed", "graph", /10 test pairs are counted as 20.*\(job=collector, source=tempo\); turn off/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "two that are scraped are named by their jobs alone, whatever else differs",
    change: {
      grown: [
        series(TOTAL, 10, { job: "otel", instance: "a:1", otel_scope_name: "x", connection_type: "" }),
        series(TOTAL, 10, { job: "tempo", instance: "b:2", otel_scope_name: "y", cluster: "eu", source: "z" }),
      ],
    },
    expect: [
      ["failed", "graph", /counted as 20: two draw the graph .* \(job=otel, job=tempo\); turn off/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "two of one job are named by their instances",
    change: {
      grown: [series(TOTAL, 10, { job: "o", instance: "a:1" }), series(TOTAL, 10, { job: "o", instance: "b:2" })],
    },
    expect: [
      ["failed", "graph", /\(instance=a:1, instance=b:2\); turn off/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a sampler that keeps a part",
    change: { grown: [series(TOTAL, 6)] },
    expect: [
      ["failed", "graph", /only 6 of 10 test pairs .*a sampler stands before.*; let the connector see all spans/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "one pair too few is a sampler's work, too",
    change: { grown: [series(TOTAL, 9)] },
    expect: [
      ["failed", "graph", /only 9 of 10/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a sampler that keeps nothing is known by its counters",
    change: { grown: [], hasSampler: true },
    expect: [
      ["failed", "graph", /none of 10 test pairs .*: a sampler stands before/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a Collector without the connector",
    change: { grown: [], hasGraph: false },
    expect: [
      ["failed", "graph", /no service_graph connector .*; add it as/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "nothing at all, neither graph nor Collector",
    change: { grown: [], hasGraph: false, hasCollector: false },
    expect: [
      ["failed", "graph", /no service_graph connector .*, or this Prometheus does not scrape/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "names with a prefix, where Grafana does not look",
    change: { grown: [series(`acme_${TOTAL}`, 10)] },
    expect: [
      ["failed", "graph", /acme_traces_service_graph_request_total.*remove `namespace: acme`/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "durations without a unit",
    change: { grown: [series(TOTAL, 10), series(BUCKET.replace("_seconds", ""), 10, { le: "10" })] },
    expect: [
      ["ok", "graph", /./],
      ["failed", "latency", /no unit in their names/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a clock that is so far off that Tempo discards",
    change: { secondsAhead: 20 },
    expect: [
      ["ok", "graph", /./],
      ["failed", "clock", /20 s ahead of Prometheus'/],
    ],
  },
  {
    title: "a graph of others only",
    change: { grown: [] },
    expect: [
      ["failed", "graph", /none of 10.*there are other edges/],
      ["ok", "clock", /./],
    ],
  },
  {
    title: "a clock that is a little off is no failure",
    change: { secondsAhead: -5 },
    expect: [
      ["ok", "graph", /./],
      ["warning", "clock", /5 s behind Prometheus'/],
    ],
  },
  { title: "a server that tells no time", change: { secondsAhead: null }, expect: [["ok", "graph", /./]] },
];

for (const { title, change, expect } of cases) {
  test(`what doctor finds at the other end: ${title}`, () => {
    const findings = graphFindings({ ...ALL_WELL, ...change });
    assert.deepEqual(
      findings.map(({ status, check }) => [status, check]),
      expect.map(([status, check]) => [status, check]),
    );
    for (const [i, [, , text]] of expect.entries()) assert.match(findings[i]?.text ?? "", text);
  });
}
