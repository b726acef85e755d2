// From a cold start of the shipped files to what Grafana would draw: its own queries give the true graph and nothing else,
// whether the Collector draws it or Tempo does.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { countedEdges } from "../collector/support/counted-edges.ts";
import type { Sample } from "../collector/support/prometheus-text.ts";
import { askUntil } from "./support/ask-until.ts";
import { type ConsumerNamespace, consumerNamespace } from "./support/consumer-namespace.ts";
import {
  COLLECTOR_ENDPOINT,
  PORTS,
  startCollector,
  startPrometheus,
  startTempo,
  TEMPO_ENDPOINT,
} from "./support/consumer-servers.ts";
import { graphQueries, latencyQuery, tableQueries, tracesOfPeer, tracesOfService } from "./support/grafana-queries.ts";
import { bucketOf, tempoBuckets } from "./support/latency-buckets.ts";
import { ask, askOne } from "./support/prometheus-api.ts";
import { edgeName, type TrueEdge, trueEdges } from "./support/recording-truth.ts";
import { DEMO, type Recording, type Replayed, replayInto, sharedRecordings } from "./support/recordings.ts";

const COUNT_MILLIS = 150_000;
const TOTAL = "traces_service_graph_request_total";
const CALLS = "traces_spanmetrics_calls_total";
/** What one program writes at a time; histograms may follow the counts in a later request. */
const GRAPH = [
  TOTAL,
  "traces_service_graph_request_failed_total",
  "traces_service_graph_request_server_seconds_bucket",
];
const SPANS = [CALLS, "traces_spanmetrics_latency_bucket"];

type Drawer = "the Collector" | "Tempo";

/** Starts everything as shipped, and gives the endpoint to send to. */
async function startAll(t: TestContext, inside: ConsumerNamespace, drawer: Drawer): Promise<string> {
  await startPrometheus(t, inside);
  if (drawer === "Tempo") {
    await startTempo(t, inside, { WIRESPAN_TEMPO_PROCESSORS: "[service-graphs, span-metrics]" });
    return TEMPO_ENDPOINT;
  }
  await Promise.all([startTempo(t, inside), startCollector(t, inside)]);
  return COLLECTOR_ENDPOINT;
}

/** When all series of these metrics were last written, in seconds; NaN while not all were written at one time. */
async function writtenAt(inside: ConsumerNamespace, metrics: readonly string[]): Promise<number> {
  const ends = metrics.flatMap((metric) => [`min(timestamp(${metric}))`, `max(timestamp(${metric}))`]);
  const [first = Number.NaN, ...others] = await Promise.all(ends.map((expression) => askOne(inside, expression)));
  return others.every((time) => time === first) ? first : Number.NaN;
}

interface Settled {
  /** Seconds since the Unix epoch, of the graph's series and of the span metrics'. */
  readonly graph: number;
  readonly spans: number;
}

/**
 * Waits until this many pairs, and failed ones, are in Prometheus. Tempo reads its counters one after another while spans
 * come in, so each is awaited by itself.
 */
async function settled(inside: ConsumerNamespace, pairs: number, failed: number): Promise<Settled> {
  const counters = {
    [TOTAL]: pairs,
    traces_service_graph_request_failed_total: failed,
    traces_service_graph_request_server_seconds_count: pairs,
    [`${CALLS}{span_kind="SPAN_KIND_SERVER"}`]: pairs,
    'traces_spanmetrics_latency_count{span_kind="SPAN_KIND_SERVER"}': pairs,
  };
  const state = async () => ({
    counts: await Promise.all(Object.keys(counters).map((counter) => askOne(inside, `sum(${counter})`))),
    at: { graph: await writtenAt(inside, GRAPH), spans: await writtenAt(inside, SPANS) },
  });
  const expected = Object.values(counters);
  const isWhole = ({ counts, at }: Awaited<ReturnType<typeof state>>) =>
    counts.every((count, i) => count >= (expected[i] ?? 0)) && at.graph > 0 && at.spans > 0;
  const { counts, at } = await askUntil(state, isWhole, COUNT_MILLIS);
  assert.deepEqual(counts, expected, Object.keys(counters).join(", "));
  return at;
}

/** The time between two writings, as a range that holds both and nothing before: a rate over it is exact. */
function rangeBetween(from: number, to: number): { readonly range: string; readonly at: number; seconds: number } {
  return { range: `${Math.round((to - from + 0.8) * 1000)}ms`, at: to + 0.4, seconds: to - from };
}

function namesOf({ labels }: Sample): string {
  return edgeName({
    client: labels.client ?? "",
    clientNamespace: labels.client_service_namespace ?? "",
    server: labels.server ?? "",
    serverNamespace: labels.server_service_namespace ?? "",
  });
}

function assertTrue(expected: ReadonlyMap<string, TrueEdge>, rates: readonly Sample[], seconds: number): void {
  const counts = new Map(rates.map((sample) => [namesOf(sample), Math.round(sample.value * seconds * 1000) / 1000]));
  assert.deepEqual([...counts.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { requests, mostRequests }] of expected) {
    const count = counts.get(name) ?? 0;
    // An edge without any connection is drawn by one of its lookups.
    assert.ok(count >= Math.max(requests, 1) && count <= mostRequests, `${name}: ${count}, truth ${requests}`);
  }
}

async function assertGraph(inside: ConsumerNamespace, from: Settled, to: Settled, truth: Map<string, TrueEdge>) {
  const { range, at, seconds } = rangeBetween(from.graph, to.graph);
  const queries = graphQueries(range, true);
  assertTrue(truth, await ask(inside, queries.total, at), seconds);

  const failing = (await ask(inside, queries.failed, at)).filter(({ value }) => value > 0);
  const failed = new Map(failing.map((sample) => [namesOf(sample), Math.round(sample.value * seconds)]));
  const trulyFailed = [...truth]
    .filter(([, edge]) => edge.failed > 0)
    .map(([name, edge]) => [name, edge.failed] as const);
  assert.deepEqual([...failed].sort(), [...trulyFailed].sort());

  const types = await ask(inside, queries.connectionTypes, at);
  assert.deepEqual(types.map(namesOf).sort(), [...truth.keys()].sort());
  for (const { labels } of types) assert.equal(labels.connection_type ?? "", "", "database and virtual edges");
  assert.equal((await ask(inside, queries.seconds, at)).length, truth.size);

  const without = graphQueries(range, false);
  const pairsOfNames = new Set([...truth.values()].map(({ client, server }) => `${client} ${server}`));
  const drawn = (await ask(inside, without.total, at)).map(({ labels }) => `${labels.client} ${labels.server}`);
  assert.deepEqual(drawn.sort(), [...pairsOfNames].sort());
}

/** Latency of the edges on which nothing failed, against what the map says of the same connections. */
async function assertLatency(inside: ConsumerNamespace, from: Settled, to: Settled, replayed: Replayed) {
  const { range, at } = rangeBetween(from.graph, to.graph);
  const bounds = tempoBuckets().graph;
  const nodes = new Map(replayed.nodes.map((node) => [node.id, node]));
  let compared = 0;
  for (const { client, server, outcomes, handshakeMs } of replayed.edges) {
    if (handshakeMs === null || Object.values(outcomes).some((n, i) => i > 0 && n > 0)) continue;
    const [c, s] = [nodes.get(client), nodes.get(server)];
    if (c === undefined || s === undefined) throw new Error("an edge without its nodes");
    const names = {
      client: c.name,
      clientNamespace: c.namespace ?? "",
      server: s.name,
      serverNamespace: s.namespace ?? "",
    };
    const [answer] = await ask(inside, latencyQuery(names, range), at);
    const gap = bucketOf(bounds, answer?.value ?? Number.NaN) - bucketOf(bounds, handshakeMs.p90 / 1000);
    assert.ok(Math.abs(gap) <= 1, `${edgeName(names)}: ${answer?.value} s, ${handshakeMs.p90} ms`);
    compared++;
  }
  assert.ok(compared > 5);
}

async function assertTable(inside: ConsumerNamespace, from: Settled, to: Settled, replayed: Replayed) {
  const { range, at, seconds } = rangeBetween(from.spans, to.spans);
  const table = tableQueries(range);
  const rows = (await ask(inside, table.rate, at)).map(({ labels, value }) => [
    labels.span_name,
    Math.round(value * seconds),
  ]);
  const expected = [["tcp connect", replayed.pairs - replayed.lookups]];
  if (replayed.lookups > 0) expected.push(["dns lookup", replayed.lookups]);
  assert.deepEqual(rows.toSorted(), expected.toSorted());
  assert.notEqual((await ask(inside, table.errorRate, at)).length, 0);
  for (const [spanName] of rows) {
    const p90 = await askOne(inside, table.duration(String(spanName)), at);
    assert.ok(p90 >= 0, `${spanName}: ${p90} s`);
  }
}

async function tracesFor(inside: ConsumerNamespace, traceQl: string): Promise<number> {
  const now = Math.floor(Date.now() / 1000);
  const parameters = new URLSearchParams({ q: traceQl, start: String(now - 900), end: String(now + 30), limit: "5" });
  const answer = JSON.parse(await inside.get(`http://127.0.0.1:${PORTS.tempo}/api/search?${parameters}`));
  return (answer.traces ?? []).length;
}

/** What Tempo offers for a tag: every value that it has seen. */
async function valuesOf(inside: ConsumerNamespace, tag: string): Promise<string[]> {
  const answer = await inside.get(`http://127.0.0.1:${PORTS.tempo}/api/v2/search/tag/${tag}/values`);
  return (JSON.parse(answer).tagValues as { readonly value: string }[]).map(({ value }) => value).sort();
}

async function assertTraces(inside: ConsumerNamespace, truth: ReadonlyMap<string, TrueEdge>) {
  const edges = [...truth.values()];
  const sorted = (names: readonly string[]) => [...new Set(names)].sort();
  const names = edges.flatMap(({ client, server }) => [client, server]);
  assert.deepEqual(await valuesOf(inside, "resource.service.name"), sorted(names));
  assert.deepEqual(await valuesOf(inside, "span.peer.service"), sorted(edges.map(({ server }) => server)));
  for (const { client, clientNamespace, server, serverNamespace } of edges) {
    assert.ok((await tracesFor(inside, tracesOfService(client, clientNamespace))) > 0, `traces of ${client}`);
    assert.ok((await tracesFor(inside, tracesOfService(server, serverNamespace))) > 0, `traces of ${server}`);
    assert.ok((await tracesFor(inside, tracesOfPeer(server))) > 0, `traces to ${server}`);
  }
  for (const name of ["user", "unknown", "wirespan", "wirespan-agent"]) {
    assert.equal(await tracesFor(inside, tracesOfService(name, "")), 0, name);
  }
}

/** In words of its own, whatever the truth says: what must never be a node. */
function assertNoWrongNode(samples: readonly Sample[]): void {
  for (const { client, server } of countedEdges(samples)) {
    for (const name of [client, server]) {
      assert.ok(!["user", "unknown", "unresolved", "wirespan", "wirespan-agent", ""].includes(name), `node ${name}`);
      assert.doesNotMatch(name, /^[0-9.]+$|^[0-9a-f:]*:[0-9a-f:]*$/, "a raw address");
    }
  }
}

async function assertDrawn(t: TestContext, recording: Recording, drawer: Drawer): Promise<void> {
  const inside = consumerNamespace(t);
  const endpoint = await startAll(t, inside, drawer);
  const truth = trueEdges(recording.folder);
  // Where a kubelet's probes are all there was, they may be drawn or not, and replay does not.
  for (const [name, { isSure }] of truth) if (!isSure) truth.delete(name);
  // Twice, since a rate is an increase: the first count is none.
  const first = await replayInto(t, inside, recording, endpoint);
  const failed = [...truth.values()].reduce((sum, edge) => sum + edge.failed, 0);
  const from = await settled(inside, first.pairs, failed);
  const second = await replayInto(t, inside, recording, endpoint);
  const to = await settled(inside, first.pairs + second.pairs, 2 * failed);
  await assertGraph(inside, from, to, truth);
  await assertLatency(inside, from, to, second);
  await assertTable(inside, from, to, second);
  await assertTraces(inside, truth);
  assertNoWrongNode(await ask(inside, TOTAL));
}

async function assertAllDrawn(t: TestContext, recordings: readonly Recording[]): Promise<void> {
  await Promise.all(
    recordings.flatMap((recording) =>
      (["the Collector", "Tempo"] as const).map((drawer) =>
        t.test(`of ${recording.name}, drawn by ${drawer}`, (t) => assertDrawn(t, recording, drawer)),
      ),
    ),
  );
}

test("Grafana's queries give the true graph", { concurrency: 2 }, (t) => assertAllDrawn(t, [DEMO]));

test("Grafana's queries give the true graph of other recordings", { concurrency: 4 }, (t) =>
  assertAllDrawn(t, sharedRecordings(t)),
);
