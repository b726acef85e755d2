// What is sent is what is counted: by the Collector's connector and by Tempo's generator, at the default size of their
// stores, from one sender, and from forty at once: forty exporters in eight processes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CountedEdge, countedEdges } from "../collector/support/counted-edges.ts";
import { parsePrometheusText, type Sample } from "../collector/support/prometheus-text.ts";
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
import { bucketOf, collectorBuckets, tempoBuckets } from "./support/latency-buckets.ts";
import { ask, askOne } from "./support/prometheus-api.ts";
import { Senders } from "./support/senders.ts";
import { type PlannedEdge, plannedEdges, type TrafficPlan } from "./support/traffic-plan.ts";

const SENDERS = 40;
const PROCESSES = 8;
const PAIRS = 5_000;
const COUNT_MILLIS = 120_000;
/** The connector's default; the shipped file has more. */
const DEFAULT_STORE = "yaml:connectors::service_graph::store::max_items: 1000";

const SCENARIOS: readonly { readonly name: string; readonly plans: readonly TrafficPlan[] }[] = [
  { name: "5,000 pairs of one edge by one sender", plans: [{ name: "one", edges: 1, pairs: PAIRS }] },
  {
    name: "forty senders at once with 5,000 pairs of one edge each",
    plans: Array.from({ length: SENDERS }, (_, sender) => ({ name: `sender-${sender}`, edges: 1, pairs: PAIRS })),
  },
  {
    name: "forty senders at once with 5,000 pairs over the same 200 edges each",
    plans: Array.from({ length: SENDERS }, () => ({ name: "many", edges: 200, pairs: PAIRS })),
  },
];

/** Where to send, and where to read what was counted. */
interface Consumer {
  readonly endpoint: string;
  readonly buckets: readonly number[];
  /** Its counters and histograms of edges. */
  samples(): Promise<Sample[]>;
  /** Halves of pairs that it lost or gave up. */
  losses(): Promise<Sample[]>;
}

function collectorConsumer(inside: ConsumerNamespace): Consumer {
  const scrape = async (port: number) => parsePrometheusText(await inside.get(`http://127.0.0.1:${port}/metrics`));
  return {
    endpoint: COLLECTOR_ENDPOINT,
    buckets: collectorBuckets("collector.yaml"),
    samples: () => scrape(PORTS.collectorGraph),
    losses: async () =>
      (await scrape(PORTS.collectorTelemetry)).filter(({ name }) =>
        /^otelcol_(connector_servicegraph_(dropped|expired)|receiver_(refused|failed)_spans)/.test(name),
      ),
  };
}

function tempoConsumer(inside: ConsumerNamespace): Consumer {
  return {
    endpoint: TEMPO_ENDPOINT,
    buckets: tempoBuckets().graph,
    samples: () => ask(inside, '{__name__=~"traces_service_graph_request_.*",source="tempo"}'),
    losses: async () =>
      parsePrometheusText(await inside.get(`http://127.0.0.1:${PORTS.tempo}/metrics`)).filter(
        ({ name, labels }) =>
          /^tempo_(discarded_spans_total|distributor_queue_pushes_failures_total|metrics_generator_(processor_service_graphs_(dropped|expired)|spans_discarded))/.test(
            name,
          ) &&
          // Rejected with a retry delay and retried, as the counts show: a fast machine exceeds 15 MB/s here.
          labels.reason !== "rate_limited",
      ),
  };
}

/** The edges of the answer with a client of these plans. */
function edgesOf(samples: readonly Sample[], expected: readonly PlannedEdge[]): CountedEdge[] {
  const clients = new Set(expected.map(({ client }) => client));
  return countedEdges(samples).filter(({ client }) => clients.has(client));
}

function withoutDurations({ durations, ...edge }: PlannedEdge): CountedEdge {
  return edge;
}

/** Prometheus' histogram_quantile on one edge's cumulative buckets, as the bucket that it falls into. */
function quantileBucket(samples: readonly Sample[], edge: PlannedEdge, quantile: number, bounds: readonly number[]) {
  const counts = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (name !== "traces_service_graph_request_server_seconds_bucket") continue;
    if (labels.client !== edge.client || labels.client_service_namespace !== edge.clientNamespace) continue;
    if (labels.server !== edge.server || labels.server_service_namespace !== edge.serverNamespace) continue;
    counts.set(Number(labels.le?.replace("+Inf", "Infinity")), (counts.get(Number(labels.le)) ?? 0) + value);
  }
  return bounds.findIndex((bound) => (counts.get(bound) ?? 0) >= quantile * edge.requests);
}

/** A quantile that lies further than one bucket from the truth, as a sentence; null where there is none. */
function wrongLatency(samples: readonly Sample[], expected: readonly PlannedEdge[], bounds: readonly number[]) {
  for (const edge of expected) {
    const sorted = edge.durations.toSorted((a, b) => a - b);
    for (const quantile of [0.5, 0.9, 0.99]) {
      const truth = bucketOf(bounds, sorted[Math.ceil(quantile * sorted.length) - 1] as number);
      const answer = quantileBucket(samples, edge, quantile, bounds);
      if (answer < 0 || Math.abs(answer - truth) > 1) {
        return `p${quantile * 100} of ${edge.client}: bucket ${answer}, truth ${truth}`;
      }
    }
  }
  return null;
}

async function assertCounted(consumer: Consumer, plans: readonly TrafficPlan[]): Promise<void> {
  const expected = plannedEdges(plans);
  const total = plans.reduce((sum, { pairs }) => sum + pairs, 0);
  const counted = (samples: readonly Sample[]) =>
    edgesOf(samples, expected).reduce((sum, { requests }) => sum + requests, 0);
  // Tempo writes failures and histograms by themselves, now and then a little later than the counts.
  const failed = (samples: readonly Sample[]) => edgesOf(samples, expected).reduce((sum, edge) => sum + edge.failed, 0);
  const allFailed = expected.reduce((sum, edge) => sum + edge.failed, 0);
  const samples = await askUntil(
    consumer.samples,
    (answer) =>
      counted(answer) >= total &&
      failed(answer) >= allFailed &&
      wrongLatency(answer, expected, consumer.buckets) === null,
    COUNT_MILLIS,
  );
  for (const { name, labels, value } of await consumer.losses()) assert.equal(value, 0, name + JSON.stringify(labels));
  assert.deepEqual(edgesOf(samples, expected), expected.map(withoutDurations));
  assert.equal(wrongLatency(samples, expected, consumer.buckets), null);
}

test("what is sent is what is counted", async (t) => {
  const inside = consumerNamespace(t);
  await Promise.all([
    startCollector(t, inside, {
      configs: ["collector-config/collector.yaml", DEFAULT_STORE],
      // Tempo gets its own: what the Collector counts goes nowhere else.
      env: { WIRESPAN_METRICS_FLUSH_INTERVAL: "1s", WIRESPAN_TEMPO_ENDPOINT: "127.0.0.1:1" },
    }),
    startPrometheus(t, inside),
    startTempo(t, inside, {
      WIRESPAN_TEMPO_PROCESSORS: "[service-graphs, span-metrics]",
      WIRESPAN_TEMPO_COLLECTION_INTERVAL: "5s",
      // On a small and busy machine 200,000 pairs at once wait for their turn: how long is not the question here.
      WIRESPAN_TEMPO_SLACK: "10m",
      WIRESPAN_TEMPO_TIMEOUT: "5m",
    }),
  ]);
  const senders = await Senders.start(inside, PROCESSES);
  for (const [who, consumer] of [
    ["the Collector", collectorConsumer(inside)],
    ["Tempo", tempoConsumer(inside)],
  ] as const) {
    for (const { name, plans } of SCENARIOS) {
      await t.test(`${who}: ${name}`, async () => {
        await senders.send(consumer.endpoint, plans);
        await assertCounted(consumer, plans);
      });
    }
    await t.test(`${who}: no other end came into the graph`, async () => {
      const planned = SCENARIOS.flatMap(({ plans }) => plannedEdges(plans)).map(withoutDurations);
      const byName = (edges: readonly CountedEdge[]) => edges.map(({ client, server }) => `${client} ${server}`).sort();
      assert.deepEqual(byName(countedEdges(await consumer.samples())), byName(planned));
    });
  }
  await t.test("both into one Prometheus are summed: only one may draw", async () => {
    const pairs = SCENARIOS.flatMap(({ plans }) => plans).reduce((sum, plan) => sum + plan.pairs, 0);
    const total = () => askOne(inside, "sum(traces_service_graph_request_total)");
    assert.equal(await askUntil(total, (sum) => sum >= 2 * pairs, COUNT_MILLIS), 2 * pairs);
  });
});
