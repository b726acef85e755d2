// A big cluster straight into Tempo: its limits as they are by default take everything, and its own counters say so.
import assert from "node:assert/strict";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { parsePrometheusText } from "../collector/support/prometheus-text.ts";
import { askUntil } from "./support/ask-until.ts";
import { consumerNamespace } from "./support/consumer-namespace.ts";
import { PORTS, startPrometheus, startTempo, TEMPO_ENDPOINT } from "./support/consumer-servers.ts";
import { askOne } from "./support/prometheus-api.ts";
import type { SteadyLoad, SteadyReport } from "./support/steady-sender.ts";

const AGENTS = 20;
const PROCESSES = 2;
const EDGES = 2_000;
const SECONDS = 60;
/** The rate that is meant. */
const FULL_RATE = 10_000;
/**
 * Tempo and Prometheus take about three processors for the full rate. On a smaller machine a tenth of it is as hard for every
 * limit: how many traces live is a matter of clients and time, which are the same, and what depends on the rate, bytes a
 * second and bytes of a trace, is measured for one pair and multiplied.
 */
const RATE = availableParallelism() >= 8 ? FULL_RATE : FULL_RATE / 10;
const PAIRS = RATE * SECONDS;
/** wirespan's window: pairs of one client within it share a trace. */
const TRACE_SECONDS = 10;
/** And at most so many of them. */
const MAX_TRACE_PAIRS = 1_000;
/** Tempo's own defaults: `max_traces_per_user`, `rate_limit_bytes`, `max_bytes_per_trace`. */
const LIVE_TRACES = 10_000;
const BYTES_PER_SECOND = 15_000_000;
const BYTES_PER_TRACE = 5_000_000;
const WAIT_MILLIS = 120_000;

test("a minute of 20 agents with 2,000 edges and 10,000 connections a second is within Tempo's default limits", async (t) => {
  const inside = consumerNamespace(t);
  await startPrometheus(t, inside);
  await startTempo(t, inside, { WIRESPAN_TEMPO_PROCESSORS: "[service-graphs, span-metrics]" });
  const ownMetric = async (name: string): Promise<number> => {
    const samples = parsePrometheusText(await inside.get(`http://127.0.0.1:${PORTS.tempo}/metrics`));
    return samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);
  };

  const processes = Array.from({ length: PROCESSES }, (_, process) => {
    const load: SteadyLoad = {
      endpoint: TEMPO_ENDPOINT,
      agents: Array.from({ length: AGENTS / PROCESSES }, (_, agent) => process * (AGENTS / PROCESSES) + agent),
      edges: EDGES / AGENTS,
      connectionsPerSecond: RATE / AGENTS,
      seconds: SECONDS,
    };
    return inside.fork(new URL("./support/steady-sender.js", import.meta.url), JSON.stringify(load));
  });
  await Promise.all(processes.map((process) => once(process, "message")));
  const answers = processes.map((process) => once(process, "message"));
  for (const process of processes) process.send("begin");
  let mostTraces = 0;
  let isOver = false;
  const reports = Promise.all(answers).then((all) => {
    isOver = true;
    return all.map(([report]) => report as SteadyReport);
  });
  const watch = async () => {
    mostTraces = Math.max(mostTraces, await ownMetric("tempo_ingester_live_traces"));
  };
  await askUntil(watch, () => isOver, WAIT_MILLIS * 3);

  for (const { counters, problems } of await reports) {
    assert.deepEqual(problems, []);
    for (const { queued, sent } of counters) assert.deepEqual([sent, queued], [PAIRS / AGENTS, PAIRS / AGENTS]);
  }
  const seconds = Math.max(...(await reports).map((report) => report.seconds));
  t.diagnostic(`${PAIRS} pairs in ${seconds.toFixed(1)} s, at most ${mostTraces} live traces`);
  assert.ok(mostTraces > EDGES && mostTraces < LIVE_TRACES, `${mostTraces} live traces at most`);
  for (const loss of [
    "tempo_discarded_spans_total",
    "tempo_distributor_queue_pushes_failures_total",
    "tempo_metrics_generator_spans_discarded_total",
    "tempo_metrics_generator_processor_service_graphs_dropped_spans",
    "tempo_metrics_generator_processor_service_graphs_expired_edges",
    "tempo_receiver_refused_spans",
  ]) {
    assert.equal(await ownMetric(loss), 0, loss);
  }
  assert.equal(await ownMetric("tempo_distributor_spans_received_total"), PAIRS * 2);
  const bytes = (await ownMetric("tempo_distributor_bytes_received_total")) / PAIRS;
  t.diagnostic(`${bytes.toFixed(0)} bytes a pair, ${((bytes * FULL_RATE) / 1e6).toFixed(1)} MB/s at the full rate`);
  assert.ok(bytes > 0 && bytes * FULL_RATE < BYTES_PER_SECOND);
  assert.ok(bytes * (FULL_RATE / EDGES) * TRACE_SECONDS < BYTES_PER_TRACE);
  assert.ok(bytes * MAX_TRACE_PAIRS < BYTES_PER_TRACE);
  const counted = () => askOne(inside, "sum(traces_service_graph_request_total)");
  assert.equal(await askUntil(counted, (sum) => sum >= PAIRS, WAIT_MILLIS), PAIRS);
  assert.equal(await askOne(inside, "count(group by (client, server) (traces_service_graph_request_total))"), EDGES);
});
