// The whole way from options to the graph, against a server that answers as Prometheus does.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type PrometheusOptions, readPrometheusGraph } from "../../../src/graph-source/prometheus/prometheus-graph.ts";
import { readCounters } from "../../../src/graph-source/prometheus/read-counters.ts";
import { requestEdges } from "../../../src/graph-source/prometheus/request-edges.ts";
import { requestSelector } from "../../../src/graph-source/prometheus/request-selector.ts";
import { ConfigError } from "../../../src/model/errors.ts";
import { Prometheus, type SampledSeries } from "../../../src/prometheus/prometheus.ts";
import { readPrometheusAccess } from "../../../src/prometheus/prometheus-access.ts";
import { wirespan } from "../../support/cli/wirespan.ts";
import { fakePrometheus } from "./support/fake-prometheus.ts";
import { type SimulatedCollector, scraped, truth } from "./support/simulated-collector.ts";

const BOUND = { timeout: 60_000 };
const START = 1_795_000_200;
const END = START + 6 * 3_600;
const INTERVAL = 15;
const AT = new Date(END * 1000).toISOString();

const COLLECTOR: SimulatedCollector = {
  origin: { job: "service-graph", instance: "collector:8889" },
  requests: Array.from({ length: 6 * 360 }, (_, i) => ({
    seconds: START + i * 10,
    client: `client-${i % 4}`,
    server: `server-${i % 6}`,
    failed: i % 4 === 3,
  })),
  outages: [[START + 3 * 3_600 + 70, START + 3 * 3_600 + 95]],
};
const SERIES = scraped(COLLECTOR, [START, END], INTERVAL);

function read(url: string, options: PrometheusOptions = {}) {
  return readPrometheusGraph({ prometheus: url, range: "5h", at: AT, ...options });
}

async function edgesOf(url: string, options?: PrometheusOptions) {
  const { edges } = await read(url, options);
  return new Map(
    edges.map(({ client, server, outcomes: { established, failed = 0 } }) => [
      `${client.split("/")[2]} ${server.split("/")[2]}`,
      [established + failed, failed],
    ]),
  );
}

const EXPECTED = truth(COLLECTOR, [END - 5 * 3_600, END], { start: START, interval: INTERVAL });

test("pages that are refused are read as smaller ones, with the same result", async (t) => {
  const whole = await fakePrometheus(t, SERIES);
  assert.deepEqual(await edgesOf(whole.url), EXPECTED);
  const limited = await fakePrometheus(t, SERIES, { maxSamples: 500 });
  assert.deepEqual(await edgesOf(limited.url), EXPECTED);
  const pages = ({ queries }: { readonly queries: readonly string[] }) =>
    queries.filter((query) => query.startsWith("{")).length;
  assert.ok(pages(whole) <= 3 && pages(limited) > 20, `${pages(whole)} and ${pages(limited)} pages`);
});

test("a server that refuses even a page of a minute is reported in its words", async (t) => {
  const { url } = await fakePrometheus(t, SERIES, { maxSamples: 5 });
  await assert.rejects(read(url), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /refuses so large a query \(HTTP 422: query processing .*; reduce --range, or raise its/,
    );
    return true;
  });
});

test("too many samples are read in steps, and whole where a counter fell", async (t) => {
  for (const maxSamples of [undefined, 2_000]) {
    const { url, queries } = await fakePrometheus(t, SERIES, maxSamples === undefined ? {} : { maxSamples });
    const prometheus = new Prometheus(readPrometheusAccess(url, {}, {}));
    const range = { from: END - 5 * 3_600, to: END };
    const found = await readCounters(prometheus, requestSelector([]), range, { maxSamples: 100, maxResetSamples: 1e6 });
    assert.ok(found !== null && found.stepSeconds !== null && found.stepSeconds >= 60);
    const { edges } = requestEdges(found.counters);
    assert.deepEqual(
      new Map(edges.map(({ client, server, total, failed }) => [`${client.name} ${server.name}`, [total, failed]])),
      EXPECTED,
    );
    assert.ok(queries.some((query) => query.startsWith("count(resets")));
  }
});

test("times are those of the samples that show the first and the last connection", async (t) => {
  const { url } = await fakePrometheus(t, SERIES);
  const { edges, observed } = await read(url);
  for (const { firstSeenMicros, lastSeenMicros } of edges) {
    // Every edge has a connection in 2 min.
    assert.ok(firstSeenMicros / 1e6 - (END - 5 * 3_600) <= 135, `${firstSeenMicros}`);
    assert.ok(END - lastSeenMicros / 1e6 <= 135, `${lastSeenMicros}`);
    assert.equal((firstSeenMicros / 1e6 - START) % INTERVAL, 0);
  }
  assert.deepEqual(observed, [
    {
      instance: observed[0]?.instance,
      node: null,
      fromMicros: (END - 5 * 3_600) * 1e6,
      toMicros: END * 1e6,
      lossRatio: null,
    },
  ]);
});

test("the commands read it by --prometheus, and end with 2 where it cannot be read", BOUND, async (t) => {
  const { url } = await fakePrometheus(t, SERIES);
  const range = ["--range", "5h", "--at", AT];
  const read = await wirespan(["edges", "--prometheus", url, ...range, "-o", "json"]);
  assert.equal(read.code, 0, read.stderr);
  const { edges } = JSON.parse(read.stdout) as {
    readonly edges: readonly { readonly outcomes: { failed?: number } }[];
  };
  assert.equal(edges.length, EXPECTED.size);
  assert.equal(
    edges.reduce((sum, { outcomes: { failed = 0 } }) => sum + failed, 0),
    [...EXPECTED.values()].reduce((sum, [, failed]) => sum + failed, 0),
  );
  const table = await wirespan(["edges", "--prometheus", "--failed", ...range], { env: { PROMETHEUS_URL: url } });
  assert.equal(table.code, 0, table.stderr);
  assert.match(table.stdout, /✗ .*client-3 .* \d+ failed/);
  const other = await wirespan(["edges", "--prometheus", `${url}/nowhere`, "--range", "5 h"]);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /^wirespan: invalid --range "5 h": expected a duration[^\n]*\n$/);
});

const renamed = (rename: (name: string) => string): SampledSeries[] =>
  SERIES.map(({ labels, samples }) => ({ labels: { ...labels, __name__: rename(labels.__name__ ?? "") }, samples }));

const EMPTY: readonly [string, readonly SampledSeries[], PrometheusOptions, RegExp][] = [
  ["without the metric", [], {}, /has no traces_service_graph_request_total in this range; a Collector configured as/],
  [
    "with a prefix in front of the name",
    renamed((name) => `demo_${name}`),
    {},
    /are named demo_traces_service_graph_request_total; remove `namespace: demo` from/,
  ],
];
for (const [what, series, options, expected] of EMPTY) {
  test(`a Prometheus ${what} is a sentence with the fix`, async (t) => {
    const { url } = await fakePrometheus(t, series);
    await assert.rejects(read(url, options), (error) => error instanceof ConfigError && expected.test(error.message));
  });
}

test("matchers that match nothing are named", async (t) => {
  const { url, queries } = await fakePrometheus(t, SERIES, {
    instead: (query, response) => {
      if (!query.includes("cluster=")) return false;
      response.end(JSON.stringify({ data: { result: [] } }));
      return true;
    },
  });
  await assert.rejects(
    read(url, { prometheusMatch: ['cluster="b"'] }),
    /matches cluster="b"; correct --prometheus-match/,
  );
  assert.match(queries[0] ?? "", /\{__name__="traces_service_graph_request_total",.*,cluster="b"\}\[18000s\]/);
});

test("a refused latency leaves the rest of the graph, which says so", async (t) => {
  const { url } = await fakePrometheus(t, SERIES, {
    instead: (query, response) => {
      if (!query.includes("_bucket")) return false;
      response.writeHead(422).end(JSON.stringify({ error: "the query exceeded the maximum number of series" }));
      return true;
    },
  });
  const { incomplete, edges } = await read(url);
  assert.deepEqual(incomplete, ["the latency is missing: Prometheus refuses queries for so many histograms"]);
  assert.equal(edges.length, EXPECTED.size);
});

const INVALID: readonly [PrometheusOptions, RegExp][] = [
  [{ range: "1 week" }, /invalid --range "1 week": expected a duration, such as 2h or 7d/],
  [{ range: "0s" }, /invalid --range/],
  [{ at: "yesterday" }, /invalid --at "yesterday": expected a time such as 2026-01-31T08:00:00Z, or 1d for a day ago/],
  [{ prometheusMatch: ["cluster=a"] }, /invalid --prometheus-match "cluster=a": expected a matcher such as/],
  [{ prometheus: "prometheus:9090" }, /is not a URL/],
];
for (const [options, expected] of INVALID) {
  test(`${JSON.stringify(options)} is refused in one sentence`, async () => {
    await assert.rejects(
      readPrometheusGraph({ prometheus: "http://127.0.0.1:1", ...options }),
      (error) => error instanceof ConfigError && expected.test(error.message),
    );
  });
}

async function withSeries(t: TestContext, series: readonly SampledSeries[]) {
  return read((await fakePrometheus(t, series)).url);
}

test("two Prometheus servers that scrape one Collector count once, two Collectors twice", async (t) => {
  const labelled = (more: Record<string, string>) =>
    SERIES.map(({ labels, samples }) => ({ labels: { ...labels, ...more }, samples }));
  const one = await withSeries(t, SERIES);
  const replicas = await withSeries(t, [
    ...labelled({ prometheus_replica: "a" }),
    ...labelled({ prometheus_replica: "b" }),
  ]);
  assert.deepEqual(
    replicas.edges.map(({ outcomes }) => outcomes),
    one.edges.map(({ outcomes }) => outcomes),
  );
  const two = await withSeries(t, [...labelled({ instance: "a:8889" }), ...labelled({ instance: "b:8889" })]);
  assert.deepEqual(
    two.edges.map(({ outcomes: { established } }) => established),
    one.edges.map(({ outcomes: { established } }) => 2 * established),
  );
});

test("counters that fall again and again are reported: two Collectors write one series", async (t) => {
  const shared = SERIES.map(({ labels, samples }) => ({
    labels,
    samples: samples.map(([seconds, value], i) => [seconds, i % 2 === 0 ? value : "1"] as const),
  }));
  const { incomplete } = await withSeries(t, shared);
  assert.match(incomplete[0] ?? "", /^counters fall again and again, so several Collectors write the same series/);
});
