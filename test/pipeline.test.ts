import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../src/inventory/cluster-feed.ts";
import type { Interaction } from "../src/model/interaction.ts";
import { NodePipeline, Pipeline } from "../src/pipeline.ts";
import { added, micros, pod, service, threeNodes } from "./support/cluster/cluster-objects.ts";
import { connection, lineOf, lines, lookup, pipelineOf } from "./support/cluster/watched-cluster.ts";

const web = pod("shop/web", { ip: "10.244.1.5" });
const cart = pod("shop/cart", { ip: "10.244.2.6", node: "b" });
const agent = pod("wirespan/wirespan-b", {
  hostNetwork: true,
  node: "b",
  owner: ["DaemonSet", "wirespan"],
  labels: { "app.kubernetes.io/name": "wirespan" },
});
const objects = [...threeNodes(), web, cart];

function run(cluster: Parameters<typeof pipelineOf>[0]) {
  const reported: Interaction[] = [];
  const pipeline = pipelineOf(cluster, (interaction) => reported.push(interaction));
  return { pipeline, lines: () => reported.map(lineOf) };
}

test("pending facts are resolved when the clock is set back, not when packet time reaches their deadlines again", () => {
  const { pipeline, lines } = run({ objects });
  pipeline.time(micros(100));
  // The owner of this address may still become known.
  connection({ at: 100, from: "10.244.1.5", to: "10.244.1.200" }).feed(pipeline);
  pipeline.time(micros(100.1));
  assert.deepEqual(lines(), []);
  pipeline.time(micros(100.1 - 3_600));
  assert.equal(lines().length, 1);
  // Packet time continues from there.
  connection({ at: -3_490, from: "10.244.1.5", to: "10.244.2.6" }).feed(pipeline);
  pipeline.time(micros(-3_480));
  assert.equal(lines().length, 2);
  assert.equal(pipeline.nowMicros, micros(-3_480));
});

test("an update that came just before the clock was set back counts from then on, not when packet time reaches it again", () => {
  const backend = service("shop/backend", { ip: "10.96.0.30" });
  const { pipeline, lines } = run({ objects, events: [added(100.5, backend)] });
  pipeline.time(micros(100));
  connection({ at: 100, from: "10.244.1.5", to: "10.96.0.30", outcome: "refused" }).feed(pipeline);
  pipeline.time(micros(100 - 3_600));
  connection({ at: -3_500, from: "10.244.1.5", to: "10.96.0.30", outcome: "refused" }).feed(pipeline);
  pipeline.time(micros(-3_490));
  assert.deepEqual(lines(), new Array(2).fill("shop/web -> service:shop/backend refused"));
});

test("packets some milliseconds out of order do not count as a clock that was set back", () => {
  const { pipeline, lines } = run({ objects });
  pipeline.time(micros(100));
  connection({ at: 100, from: "10.244.1.5", to: "10.244.1.200" }).feed(pipeline);
  pipeline.time(micros(99.5));
  assert.deepEqual(lines(), []);
});

test("at the end all pending facts are resolved, with cluster updates until shortly after the last packet", () => {
  const late = pod("shop/late", { ip: "10.244.1.9", createdSeconds: 99 });
  const { pipeline, lines } = run({ objects, events: [added(102, late)] });
  pipeline.time(micros(100));
  connection({ at: 100, from: "10.244.1.9", to: "10.244.2.6" }).feed(pipeline);
  pipeline.finish();
  assert.deepEqual(lines(), ["shop/late -> shop/cart established"]);
});

test("K5 facts of the time before the cluster was listed wait for the list", () => {
  const events = objects.map((object) => added(101, object));
  const { pipeline, lines } = run({ events });
  pipeline.time(micros(100));
  connection({ at: 100, from: "10.244.1.5", to: "10.244.2.6" }).feed(pipeline);
  pipeline.time(micros(100.5));
  assert.deepEqual(lines(), []);
  pipeline.time(micros(101.1));
  assert.deepEqual(lines(), ["shop/web -> shop/cart established"]);
});

test("K5 facts from long before the lists, which the sensor kept for the agent, have their ends", () => {
  const listed = [
    ...threeNodes(),
    pod("shop/web", { ip: "10.244.1.5", startedSeconds: -90 }),
    pod("shop/cart", { ip: "10.244.2.6", node: "b", startedSeconds: -90 }),
    pod("shop/young", { ip: "10.244.1.7", createdSeconds: 104, startedSeconds: 105 }),
  ];
  const feed = new ClusterFeed([], []);
  feed.add(listed.map((object) => added(110, object)));
  feed.advance(Number.POSITIVE_INFINITY);
  const { pipeline, lines } = run({ feed });
  pipeline.time(micros(100));
  connection({ at: 100, from: "10.244.1.5", to: "10.244.2.6" }).feed(pipeline);
  connection({ at: 100, from: "10.244.1.7", to: "10.244.2.6" }).feed(pipeline);
  pipeline.time(micros(104));
  // The third pod did not exist yet.
  assert.deepEqual(lines(), ["shop/web -> shop/cart established", "unresolved:10.244.1.7 -> shop/cart established"]);
});

test("an agent without a pod in the cluster reports the connections of its node, and no others", () => {
  const cluster = { objects: [...objects, agent], node: "a" };
  const facts = [
    // From a pod of this node, to this host, and from a pod of node b, which has an agent.
    connection({ at: 1, from: "10.244.1.5", to: "10.244.2.6" }),
    connection({ at: 2, from: "203.0.113.7", to: "192.168.0.1:8080" }),
    connection({ at: 3, from: "10.244.2.6", to: "10.244.1.5" }),
  ];
  assert.deepEqual(lines(cluster, facts), [
    "shop/web -> shop/cart established",
    "external:external -> node:a established",
  ]);
});

test("a given list of agents takes precedence over what the cluster shows", () => {
  const facts = [connection({ at: 3, from: "10.244.2.6", to: "10.244.1.5" })];
  const cluster = { objects: [...objects, agent], node: "a" };
  assert.deepEqual(lines({ ...cluster, agents: ["a"] }, facts), ["shop/cart -> shop/web established"]);
  assert.deepEqual(lines({ ...cluster, agents: ["a", "b"] }, facts), []);
});

test("where the cluster shows no agent, every node counts as having one", () => {
  const facts = [connection({ at: 3, from: "10.244.2.6", to: "10.244.1.5" })];
  assert.deepEqual(lines({ objects, node: "a" }, facts), []);
});

test("the node's traffic of the agent itself is ignored and counted, connections and lookups", () => {
  const COLLECTOR = "collector.example";
  const reported: string[] = [];
  const node = new NodePipeline(
    {
      feed: new ClusterFeed(objects, []),
      node: "a",
      agents: null,
      dnsPorts: [53],
      externalCidrs: [],
      clusterDomain: "cluster.local",
      ownTraffic: {
        version: 0,
        hasConnection: ({ preNat }) => preNat.destination.port === 4317,
        hasLookup: ({ evidence, name }) => evidence === "lookup" && name === COLLECTOR,
      },
    },
    { add: (interaction) => reported.push(lineOf(interaction)), resolver() {}, advance() {} },
  );
  for (const fact of [
    lookup({ at: 1, from: "10.244.1.5", name: COLLECTOR, rcode: 3 }),
    lookup({ at: 2, from: "10.244.1.5", name: "gone.example", rcode: 3 }),
    connection({ at: 3, from: "10.244.1.5", to: "10.244.2.6:4317" }),
    connection({ at: 4, from: "10.244.1.5", to: "10.244.2.6" }),
  ]) {
    fact.feed(node);
    node.time(fact.arrivalMicros);
  }
  node.finish();
  assert.deepEqual(reported.sort(), [
    "shop/web -> external:gone.example host_not_found gone.example",
    "shop/web -> shop/cart established",
  ]);
  const { interactions, ignored, outcomes } = node.resolveCounters();
  assert.deepEqual([interactions, ignored.own_traffic], [2, 2]);
  assert.deepEqual([outcomes.established, outcomes.host_not_found], [1, 1]);
});

test("interactions of several nodes are reported together", () => {
  const flags: boolean[] = [];
  let pairs = 0;
  const pipeline = new Pipeline(
    { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: true },
    { interaction: (_, isBothInstrumented) => flags.push(isBothInstrumented), pair: () => pairs++ },
  );
  for (const name of ["a", "b"]) {
    const node = pipeline.node({
      feed: new ClusterFeed(objects, []),
      node: name,
      agents: new Set(["a", "b"]),
      dnsPorts: [53],
      externalCidrs: [],
      clusterDomain: "cluster.local",
    });
    node.time(micros(99));
    const from = name === "a" ? "10.244.1.5" : "10.244.2.6";
    for (const at of [100, 101]) connection({ at, from, to: "203.0.113.9" }).feed(node);
    node.time(micros(101));
    node.finish();
  }
  pipeline.finish();
  assert.deepEqual(flags, [false, false, false, false]);
  assert.equal(pairs, 2);
  assert.deepEqual([pipeline.pairCounts.made, pipeline.pairCounts.aggregated], [2, 2]);
});

test("packet time closes groups of aggregated interactions", () => {
  let pairs = 0;
  const pipeline = new Pipeline(
    { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: true },
    { interaction() {}, pair: () => pairs++ },
  );
  const node = pipeline.node({
    feed: new ClusterFeed(objects, []),
    node: "a",
    agents: null,
    dnsPorts: [53],
    externalCidrs: [],
    clusterDomain: "cluster.local",
  });
  node.time(micros(99));
  connection({ at: 100, from: "10.244.1.5", to: "203.0.113.9" }).feed(node);
  node.time(micros(101));
  assert.equal(pairs, 0);
  node.time(micros(107));
  assert.equal(pairs, 1);
});
