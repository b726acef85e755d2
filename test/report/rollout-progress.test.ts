import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rollout } from "../../src/answers/rollout/rollout.ts";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import { type End, type Interaction, KnownFlow, type OwnSpans } from "../../src/model/interaction.ts";
import type { GraphNode, ServiceGraph } from "../../src/model/service-graph.ts";
import { PairSelector } from "../../src/report/pair-selector.ts";
import { RolloutProgress } from "../../src/report/rollout-progress.ts";
import { description } from "../access/support/described.ts";
import { interaction, SAMPLE_MICROS, workload } from "../export/support/sample-interactions.ts";

const HOUR = 3_600_000_000;
const external: End = { type: "external", name: "api.example.com" };

function sending(name: string, ownSpans: OwnSpans = "sent"): End {
  return { ...workload(name), ownSpans };
}

function connected(client: End, server: End, port = 80, timeMicros = SAMPLE_MICROS): Interaction {
  const address = { address: "10.42.1.15", port };
  return interaction({ client, server, dialled: address, serverAddress: address, timeMicros });
}

function progressOf(interactions: readonly Interaction[]): RolloutProgress {
  const progress = new RolloutProgress();
  const rules = { keepsInstrumented: true, maxPairsPerEdge: null, aggregates: false };
  const selector = new PairSelector(rules, {
    interaction: () => {},
    roles: (one, roles) => progress.add(one, roles),
    pair: () => {},
  });
  for (const one of interactions) selector.add(one);
  return progress;
}

const cases: {
  title: string;
  seen: readonly Interaction[];
  synthetic?: number;
  half?: number;
  instrumented?: number;
}[] = [
  { title: "no end sends spans", seen: [connected(workload("a"), workload("b"))], synthetic: 1 },
  { title: "one of two ends does", seen: [connected(sending("a"), workload("b"))], half: 1 },
  { title: "both do", seen: [connected(sending("a"), sending("b"))], instrumented: 1 },
  {
    title: "out of the cluster, the client's spans are enough",
    seen: [connected(sending("a"), external)],
    instrumented: 1,
  },
  { title: "from outside, the server's are", seen: [connected(external, workload("b"))], synthetic: 1 },
  { title: "a store by its name needs none", seen: [connected(sending("a"), workload("redis"))], instrumented: 1 },
  { title: "a store by its port needs none", seen: [connected(sending("a"), workload("data"), 5432)], instrumented: 1 },
  {
    title: "a server with a store's port and another one is no store",
    seen: [connected(sending("a"), workload("data"), 5432), connected(sending("a"), workload("data"), 8080)],
    half: 1,
  },
  { title: "the export of telemetry is no edge", seen: [connected(workload("a"), workload("c"), 4317)] },
  {
    title: "a Collector needs none",
    seen: [connected(workload("a"), workload("c"), 4317), connected(sending("p"), workload("c"), 8888)],
    instrumented: 1,
  },
  {
    title: "a node to the outside has no end that could",
    seen: [connected({ type: "node", name: "worker-1" }, external)],
  },
  {
    title: "the state is that of the last connection",
    seen: [connected(workload("a"), workload("b")), connected(sending("a"), workload("b"))],
    half: 1,
  },
];

for (const { title, seen, synthetic = 0, half = 0, instrumented = 0 } of cases) {
  test(`edges: ${title}`, () => {
    assert.deepEqual(progressOf(seen).counts.edges, { synthetic, half, instrumented });
  });
}

test("connections count in the state of their time, lookups do not", () => {
  const lookup = interaction({ evidence: "lookup", outcome: "resolved" });
  const seen = [connected(workload("a"), workload("b")), connected(sending("a"), workload("b")), lookup];
  assert.deepEqual(progressOf(seen).counts.connections, { synthetic: 1, half: 1, instrumented: 0 });
});

test("an edge without a connection for a day is gone, and its connections still count", () => {
  const old = connected(workload("a"), workload("b"));
  const later = Array.from({ length: 3 }, (_, i) =>
    connected(workload("c"), workload("d"), 80, SAMPLE_MICROS + (i + 1) * 12 * HOUR),
  );
  const { edges, connections } = progressOf([old, ...later]).counts;
  assert.deepEqual([edges.synthetic, connections.synthetic], [1, 4]);
});

test("a scan makes no more edges than the capacity", () => {
  const progress = new RolloutProgress(10);
  for (let i = 0; i < 1000; i++) {
    progress.add(connected(workload("a"), workload(`b${i}`)), { client: "none", server: "none" });
  }
  assert.ok(progress.counts.edges.synthetic <= 20);
  assert.equal(progress.counts.connections.synthetic, 1000);
});

test("a DaemonSet sends the spans of other pods, whatever its spec says", () => {
  const agent: End = { ...workload("beyla"), kind: "DaemonSet", ownSpans: "sent" };
  assert.deepEqual(progressOf([connected(agent, sending("b"))]).counts.edges, {
    synthetic: 0,
    half: 1,
    instrumented: 0,
  });
});

test("what one client shows of a server holds for its edges from all clients", () => {
  const seen = [
    connected(sending("a"), workload("data"), 5432),
    connected(sending("b"), workload("data"), 8080),
    connected(sending("c"), workload("hub"), 8888),
    connected(sending("d"), workload("hub"), 4317),
  ];
  assert.deepEqual(progressOf(seen).counts.edges, { synthetic: 0, half: 2, instrumented: 1 });
});

test("evicted edges and ends are counted", () => {
  const progress = new RolloutProgress(10);
  assert.deepEqual(progress.evicted, { rolloutEdges: 0, rolloutEnds: 0 });
  for (let i = 0; i < 1000; i++) {
    progress.add(connected(workload("a"), workload(`b${i}`)), { client: "none", server: "none" });
  }
  const { synthetic } = progress.counts.edges;
  assert.equal(progress.evicted.rolloutEdges, 1000 - synthetic);
  assert.ok(progress.evicted.rolloutEnds > 900);
});

const SPECS: readonly OwnSpans[] = ["sent", "not_sent", "unsaid"];
const ENDS: readonly End[] = [
  ...SPECS.flatMap((spec) => [sending(`shop-${spec}`, spec), sending(`bank-${spec}`, spec)]),
  ...SPECS.map((spec): End => ({ ...workload(`node-agent-${spec}`), kind: "DaemonSet", ownSpans: spec })),
  workload("redis"),
  workload("envoy"),
  workload("data"),
  external,
  { type: "node", name: "worker-1" },
  { type: "service", namespace: "shop", name: "gone" },
  { type: "unresolved", address: "10.42.9.9" },
];
const PORTS = [80, 8080, 5432, 6379, 4317, 4318, 9411, 14250];

const anyInteraction = fc
  .record({
    client: fc.constantFrom(...ENDS),
    server: fc.constantFrom(...ENDS),
    dialledPort: fc.option(fc.constantFrom(...PORTS)),
    servedPort: fc.option(fc.constantFrom(...PORTS)),
    outcome: fc.constantFrom("established", "established", "refused", "timed_out"),
    isLookup: fc.nat({ max: 9 }).map((one) => one === 0),
  })
  .map(({ client, server, dialledPort, servedPort, outcome, isLookup }): Interaction => {
    const at = (port: number | null) => (port === null ? null : { address: "10.42.1.15", port });
    const ports = { dialled: at(dialledPort), serverAddress: at(servedPort) };
    const noPorts = { dialled: null, serverAddress: null };
    return isLookup
      ? interaction({ client, server, evidence: "lookup", outcome: "host_not_found", ...noPorts })
      : interaction({ client, server, evidence: "handshake", outcome, ...ports });
  });

/** A graph of the traffic, with what the pods' specs say. */
function graphOf(seen: readonly Interaction[]): ServiceGraph {
  const store = new EdgeStore({ singleUnresolved: true });
  for (const one of seen) store.add(one);
  const graph = store.graph();
  const nodes = graph.nodes.map((node): GraphNode => {
    const end = ENDS.find((one) => one.type === "workload" && one.serviceName === node.name);
    return end?.type === "workload" ? { ...node, workload: [description({}, { ownSpans: end.ownSpans })] } : node;
  });
  return { ...graph, nodes };
}

test("whatever the traffic, the metrics say what wirespan rollout says", () => {
  fc.assert(
    fc.property(fc.array(anyInteraction, { minLength: 1, maxLength: 60 }), (seen) => {
      // The first time shows Collectors, the second time what was sent to their ports before: then everything is known.
      const before = progressOf([...seen, ...seen]).counts.connections;
      const { edges, connections } = progressOf([...seen, ...seen, ...seen]).counts;
      const sum = (counts: object) => Object.values(counts).reduce((a, b) => a + b, 0);
      const answer = rollout(graphOf(seen));
      assert.deepEqual([edges.instrumented, sum(edges)], [answer.edgesDone, answer.edges]);
      assert.deepEqual(
        [connections.instrumented - before.instrumented, sum(connections) - sum(before)],
        [answer.connectionsDone, answer.connections],
      );
    }),
    { numRuns: 1_000 },
  );
});

test("known flows change no count, whatever ends and edges are forgotten for their number or age", () => {
  const roles = fc.constantFrom("sends", "receives", "none");
  const step = fc.record({
    // A scan, the usual traffic, an age, and a clock that is set back.
    afterMicros: fc.constantFrom(0, 1, 5 * HOUR, 12 * HOUR, -7 * HOUR, -30 * HOUR),
    kind: fc.nat(),
    client: roles,
    server: roles,
    isInOther: fc.boolean(),
  });
  const kinds = fc.array(anyInteraction, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      kinds,
      fc.array(step, { maxLength: 80, size: "max" }),
      fc.integer({ min: 1, max: 4 }),
      (like, steps, max) => {
        const [plain, known, plainOther, other] = [1, 2, 3, 4].map(() => new RolloutProgress(max));
        assert.ok(plain && known && plainOther && other);
        const flows = like.map(() => new KnownFlow());
        let timeMicros = SAMPLE_MICROS;
        for (const { afterMicros, kind, client, server, isInOther } of steps) {
          timeMicros += afterMicros;
          const at = kind % like.length;
          const one = { ...(like[at] as Interaction), timeMicros };
          const withFlow = { ...one, flow: flows[at] ?? null };
          plain.add(one, { client, server });
          known.add(withFlow, { client, server });
          assert.deepEqual([known.counts, known.evicted], [plain.counts, plain.evicted]);
          if (!isInOther) continue;
          plainOther.add(one, { client, server });
          other.add(withFlow, { client, server });
          assert.deepEqual([other.counts, other.evicted], [plainOther.counts, plainOther.evicted]);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
