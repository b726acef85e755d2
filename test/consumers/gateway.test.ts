// Two replicas of collector-gateway.yaml, each with half of the traffic of the same edges.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countedEdges } from "../collector/support/counted-edges.ts";
import { askUntil } from "./support/ask-until.ts";
import { consumerNamespace } from "./support/consumer-namespace.ts";
import { startCollector, startPrometheus } from "./support/consumer-servers.ts";
import { ask, askOne } from "./support/prometheus-api.ts";
import { readPrometheusGraph } from "./support/read-prometheus-graph.ts";
import { Senders } from "./support/senders.ts";
import { plannedEdges, type TrafficPlan } from "./support/traffic-plan.ts";

const WAIT_MILLIS = 60_000;
const REPLICAS = [
  { name: "collector-0", otlp: 4317, telemetry: 8888, plan: { name: "same", edges: 20, pairs: 3_000 } },
  { name: "collector-1", otlp: 4417, telemetry: 8988, plan: { name: "same", edges: 20, pairs: 1_000 } },
] as const satisfies readonly { readonly plan: TrafficPlan; readonly [key: string]: unknown }[];

test("replicas that write to one Prometheus are summed to the truth, and each is seen by its label", async (t) => {
  const inside = consumerNamespace(t);
  await startPrometheus(t, inside);
  const senders = await Senders.start(inside, 1);
  await Promise.all(
    REPLICAS.map(({ name, otlp, telemetry }) =>
      startCollector(t, inside, {
        configs: ["collector-config/collector-gateway.yaml"],
        ports: [otlp, telemetry],
        env: {
          POD_NAME: name,
          WIRESPAN_OTLP_ENDPOINT: `127.0.0.1:${otlp}`,
          WIRESPAN_TELEMETRY_PORT: String(telemetry),
          WIRESPAN_METRICS_FLUSH_INTERVAL: "1s",
        },
      }),
    ),
  );
  await Promise.all(REPLICAS.map(({ otlp, plan }) => senders.send(`http://127.0.0.1:${otlp}`, [plan])));

  const pairs = REPLICAS.reduce((sum, { plan }) => sum + plan.pairs, 0);
  const total = "traces_service_graph_request_total";
  assert.equal(
    await askUntil(
      () => askOne(inside, `sum(${total})`),
      (sum) => sum >= pairs,
      WAIT_MILLIS,
    ),
    pairs,
  );
  for (const { name, plan } of REPLICAS) {
    assert.equal(await askOne(inside, `sum(${total}{collector="${name}"})`), plan.pairs);
  }
  const samples = await ask(inside, '{__name__=~"traces_service_graph_request_(failed_)?total"}');
  const expected = plannedEdges(REPLICAS.map(({ plan }) => plan)).map(({ durations, ...edge }) => edge);
  assert.deepEqual(countedEdges(samples), expected);
  const { edges } = await readPrometheusGraph(inside);
  const id = (namespace: string, name: string): string => `workload/${namespace}/${name}`;
  assert.deepEqual(
    edges.map(({ client, server, outcomes: { established, failed = 0 } }) => [
      client,
      server,
      established + failed,
      failed,
    ]),
    expected
      .map((edge) => [
        id(edge.clientNamespace, edge.client),
        id(edge.serverNamespace, edge.server),
        edge.requests,
        edge.failed,
      ])
      .sort(),
  );
  assert.equal(await askOne(inside, 'sum(traces_service_graph_request_server_seconds_bucket{le="+Inf"})'), pairs);
});
