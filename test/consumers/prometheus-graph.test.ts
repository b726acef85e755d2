// The graph from Prometheus, with the shipped files of the Collector, Tempo and Prometheus, is the graph of the traffic.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import { askUntil } from "./support/ask-until.ts";
import { type ConsumerNamespace, consumerNamespace } from "./support/consumer-namespace.ts";
import {
  COLLECTOR_ENDPOINT,
  startCollector,
  startPrometheus,
  startTempo,
  TEMPO_ENDPOINT,
} from "./support/consumer-servers.ts";
import { bucketOf, collectorBuckets } from "./support/latency-buckets.ts";
import { askOne } from "./support/prometheus-api.ts";
import { readPrometheusGraph } from "./support/read-prometheus-graph.ts";
import { DEMO, type Replayed, replayInto } from "./support/recordings.ts";

const COUNT_MILLIS = 120_000;
const TOTAL = "traces_service_graph_request_total";

/** Nodes with an edge, and the edges with what metrics have of them. */
function comparable(graph: Pick<ServiceGraph, "nodes" | "edges"> | Replayed) {
  const edges = graph.edges.map(({ client, server, outcomes }) => {
    const { established, resolved, failed = 0, ...failures } = outcomes;
    const failedOfKinds = Object.values(failures).reduce((sum, count) => sum + count, 0);
    return { client, server, succeeded: established + resolved, failed: failed + failedOfKinds, resolved };
  });
  const ends = new Set(edges.flatMap(({ client, server }) => [client, server]));
  const nodes = graph.nodes.filter(({ id }) => ends.has(id));
  return { nodes: nodes.map(({ id, type, namespace, name }) => ({ id, type, namespace, name })), edges };
}

/** A Service counts as a workload: the metrics have the same labels for both. */
function asMetricsHaveIt(id: string): string {
  return id.replace(/^service\//, "workload/");
}

/** Of lookups that succeeded, as many are sent as it takes to draw the edge. */
function assertSameGraph(graph: ServiceGraph, replayed: Replayed): void {
  const [read, expected] = [comparable(graph), comparable(replayed)];
  assert.deepEqual(
    read.nodes.map(({ id }) => id),
    [...new Set(expected.nodes.map(({ id }) => asMetricsHaveIt(id)))].sort(),
  );
  const wanted = new Map<string, { succeeded: number; failed: number; resolved: number }>();
  for (const edge of expected.edges) {
    const key = `${asMetricsHaveIt(edge.client)} ${asMetricsHaveIt(edge.server)}`;
    const sum = wanted.get(key) ?? { succeeded: 0, failed: 0, resolved: 0 };
    wanted.set(key, sum);
    sum.succeeded += edge.succeeded;
    sum.failed += edge.failed;
    sum.resolved += edge.resolved;
  }
  for (const { client, server, succeeded, failed } of read.edges) {
    const key = `${client} ${server}`;
    const edge = wanted.get(key);
    assert.ok(edge !== undefined, `${key} is not in the replay`);
    wanted.delete(key);
    assert.equal(failed, edge.failed, key);
    assert.ok(succeeded <= edge.succeeded && succeeded >= edge.succeeded - edge.resolved, `${key}: ${succeeded}`);
    assert.ok(succeeded + failed > 0, key);
  }
  assert.deepEqual([...wanted.keys()], []);
  const sum = read.edges.reduce((all, { succeeded, failed }) => all + succeeded + failed, 0);
  assert.equal(sum, replayed.pairs, "connections and lookups that were sent");
}

async function counted(inside: ConsumerNamespace, pairs: number, matcher: string): Promise<void> {
  const sum = () => askOne(inside, `sum(${TOTAL}${matcher})`);
  assert.equal(await askUntil(sum, (answer) => answer >= pairs, COUNT_MILLIS), pairs);
  // Tempo writes failures and histograms by themselves, now and then a little later.
  const failures = () => askOne(inside, `sum(traces_service_graph_request_failed_total${matcher})`);
  await askUntil(failures, (answer) => answer > 0, COUNT_MILLIS);
}

async function startedServers(t: TestContext): Promise<ConsumerNamespace> {
  const inside = consumerNamespace(t);
  await Promise.all([
    startCollector(t, inside, {
      env: { WIRESPAN_METRICS_FLUSH_INTERVAL: "1s", WIRESPAN_TEMPO_ENDPOINT: "127.0.0.1:1" },
    }),
    startPrometheus(t, inside),
    startTempo(t, inside, {
      WIRESPAN_TEMPO_PROCESSORS: "[service-graphs, span-metrics]",
      WIRESPAN_TEMPO_COLLECTION_INTERVAL: "5s",
      WIRESPAN_TEMPO_SLACK: "10m",
      WIRESPAN_TEMPO_TIMEOUT: "5m",
    }),
  ]);
  return inside;
}

test("the graph in Prometheus is that of replay", async (t) => {
  const inside = await startedServers(t);
  const before = Date.now() * 1000;
  let replayed: Replayed;
  let fromTempo: ServiceGraph;

  await t.test("by Tempo", async () => {
    replayed = await replayInto(t, inside, DEMO, TEMPO_ENDPOINT);
    await counted(inside, replayed.pairs, '{source="tempo"}');
    fromTempo = await readPrometheusGraph(inside);
    assertSameGraph(fromTempo, replayed);
  });

  await t.test("by the Collector, and by both at once without counting twice", async () => {
    replayed = await replayInto(t, inside, DEMO, COLLECTOR_ENDPOINT);
    await counted(inside, replayed.pairs, '{source!="tempo"}');
    const ofCollector = await readPrometheusGraph(inside, { prometheusMatch: ['source!="tempo"'] });
    assertSameGraph(ofCollector, replayed);
    const ofBoth = await readPrometheusGraph(inside);
    assert.deepEqual(comparable(ofBoth), comparable(ofCollector));
    for (const edge of ofBoth.edges) {
      assert.ok(edge.firstSeenMicros >= before && edge.lastSeenMicros <= Date.now() * 1000);
      assert.ok(edge.firstSeenMicros <= edge.lastSeenMicros);
    }
    assert.deepEqual(ofBoth.incomplete, []);
  });

  await t.test("with the latency of established connections within the bounds of the buckets", async () => {
    const graph = await readPrometheusGraph(inside, { prometheusMatch: ['source!="tempo"'] });
    const bounds = collectorBuckets("collector.yaml");
    const bucket = (millis: number): number => bucketOf(bounds, millis / 1000);
    for (const { client, server, handshakeMs, outcomes } of replayed.edges) {
      if (handshakeMs === null) continue;
      const edge = graph.edges.find(
        (each) => each.client === asMetricsHaveIt(client) && each.server === asMetricsHaveIt(server),
      );
      assert.ok(edge?.handshake, `${client} ${server} has no latency`);
      // Metrics have the durations of lookups too.
      if (outcomes.resolved > 0) continue;
      for (const quantile of ["p50", "p90", "p99"] as const) {
        const distance = bucket(edge.handshake[quantile]) - bucket(handshakeMs[quantile]);
        assert.ok(
          Math.abs(distance) <= 1,
          `${client} ${server}: ${edge.handshake[quantile]}, ${handshakeMs[quantile]}`,
        );
      }
    }
  });
});
