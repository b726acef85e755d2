// The graph from a Prometheus that scrapes a Collector: a counter that begins within the range, a restarted Collector, two
// Collectors, and two moments of one history.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createExporter } from "../../src/export/create-exporter.ts";
import { readPrometheusGraph } from "../../src/graph-source/prometheus/prometheus-graph.ts";
import { Prometheus } from "../../src/prometheus/prometheus.ts";
import { readPrometheusAccess } from "../../src/prometheus/prometheus-access.ts";
import { askUntil } from "../consumers/support/ask-until.ts";
import {
  type PlannedEdge,
  plannedEdges,
  plannedInteraction,
  type TrafficPlan,
} from "../consumers/support/traffic-plan.ts";
import { wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { type CollectorPorts, startCollector } from "./support/collector-process.ts";
import { startPrometheus } from "./support/prometheus-process.ts";

const COUNT_MILLIS = 30_000;

async function send(endpoint: string, plan: TrafficPlan): Promise<void> {
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { version: "0.0.0", keepNodes: false, times: "replay" },
  );
  exporter.start();
  for (let index = 0; index < plan.pairs; index++) {
    await exporter.waitForRoom(1);
    exporter.add(plannedInteraction(plan, index));
  }
  const { counters, problem } = await exporter.drain();
  await exporter.shutdown();
  assert.equal(counters.sent, plan.pairs, problem ?? "");
}

/**
 * Waits until Prometheus has counted so many; a whole second between that sample and each of what is sent afterwards.
 */
async function counted(url: string, pairs: number, selector = ""): Promise<number> {
  const prometheus = new Prometheus(readPrometheusAccess(url, {}, {}));
  const sum = async () => (await prometheus.query(`sum(traces_service_graph_request_total${selector})`))[0]?.value ?? 0;
  assert.equal(await askUntil(sum, (answer) => answer === pairs, COUNT_MILLIS), pairs);
  const second = Math.ceil(Date.now() / 1000);
  await until("the second has passed", () => Date.now() / 1000 > second);
  return second;
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

async function edgesRead(url: string, options: { readonly range?: string; readonly at?: string } = {}) {
  const graph = await readPrometheusGraph({ prometheus: url, range: "10m", ...options });
  assert.deepEqual(graph.incomplete, []);
  return graph.edges.map(({ client, server, outcomes }) => {
    const { established, failed = 0 } = outcomes;
    return { client, server, requests: established + failed, failed };
  });
}

function expected(plans: readonly TrafficPlan[]) {
  const id = (namespace: string, name: string) => `workload/${namespace}/${name}`;
  return plannedEdges(plans)
    .map(({ client, clientNamespace, server, serverNamespace, requests, failed }: PlannedEdge) => ({
      client: id(clientNamespace, client),
      server: id(serverNamespace, server),
      requests,
      failed,
    }))
    .sort((a, b) => (`${a.client} ${a.server}` < `${b.client} ${b.server}` ? -1 : 1));
}

async function restarted(t: TestContext, ports?: CollectorPorts) {
  const collector = await startCollector(ports === undefined ? {} : { ports });
  t.after(() => collector.stop("SIGKILL"));
  return collector;
}

const BEFORE: TrafficPlan = { name: "shop", edges: 20, pairs: 200 };
/** Of one edge only: after a restart, the others are absent at first. */
const FIRST: TrafficPlan = { name: "shop", edges: 1, pairs: 15 };
/** More than before: no counter ends lower than it was. */
const AFTER: TrafficPlan = { name: "shop", edges: 20, pairs: 600 };
const NEW: TrafficPlan = { name: "new", edges: 1, pairs: 3 };

test("the counts are exact over a restart that ends with higher counters, and so is each part of the history", async (t) => {
  const before = await restarted(t);
  const url = await startPrometheus(t, [before.ports.prometheus]);
  await send(before.endpoint, BEFORE);
  const first = await counted(url, BEFORE.pairs);
  await before.stop();
  const after = await restarted(t, before.ports);
  await send(after.endpoint, FIRST);
  await counted(url, FIRST.pairs);
  for (const plan of [AFTER, NEW]) await send(after.endpoint, plan);
  const last = await counted(url, FIRST.pairs + AFTER.pairs + NEW.pairs);

  assert.deepEqual(await edgesRead(url), expected([BEFORE, FIRST, AFTER, NEW]));
  assert.deepEqual(await edgesRead(url, { at: time(first) }), expected([BEFORE]));
  // A part that begins after the first traffic: what was counted before it is not counted again.
  assert.deepEqual(await edgesRead(url, { range: `${last - first}s`, at: time(last) }), expected([FIRST, AFTER, NEW]));
});

test("two Collectors are added up, and the same end of the range is the same instance", async (t) => {
  const collectors = [await restarted(t), await restarted(t)];
  const url = await startPrometheus(
    t,
    collectors.map(({ ports }) => ports.prometheus),
  );
  const plans = [BEFORE, AFTER];
  await Promise.all(collectors.map(({ endpoint }, i) => send(endpoint, plans[i] as TrafficPlan)));
  const end = await counted(url, BEFORE.pairs + AFTER.pairs);
  assert.deepEqual(await edgesRead(url), expected(plans));
  const read = (range: string) => readPrometheusGraph({ prometheus: url, range, at: time(end) });
  const [once, again] = [await read("10m"), await read("20m")];
  assert.equal(once.observed[0]?.instance, again.observed[0]?.instance);
  assert.deepEqual(once.edges, again.edges);
});

test("two moments of one history differ by the edge that began, and by the one that began to fail", async (t) => {
  const collector = await restarted(t);
  const url = await startPrometheus(t, [collector.ports.prometheus]);
  // Every tenth connection of an edge fails.
  const calm: TrafficPlan = { name: "shop", edges: 3, pairs: 15 };
  const failing: TrafficPlan = { name: "shop", edges: 1, pairs: 10 };
  await send(collector.endpoint, calm);
  const first = await counted(url, calm.pairs);
  for (const plan of [failing, calm, NEW]) await send(collector.endpoint, plan);
  await counted(url, failing.pairs + 2 * calm.pairs + NEW.pairs);
  const from = ["diff", "--prometheus", url, "--range", "10m", "--from", time(first), "-o", "json"];
  const { code, stdout, stderr } = await wirespan(from);
  assert.equal(code, 1, stderr);
  assert.notEqual(stdout, "", stderr);
  const { changes } = JSON.parse(stdout) as { changes: { change: string; client: string; server: string }[] };
  const [begun] = expected([NEW]);
  const [failed] = expected([failing]);
  assert.deepEqual(
    changes.map(({ change, client, server }) => [change, client, server]),
    [
      ["added", begun?.client, begun?.server],
      ["failing", failed?.client, failed?.server],
    ],
  );
});
