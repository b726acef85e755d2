import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interaction } from "../src/model/interaction.ts";
import { added, micros, pod, threeNodes } from "./support/cluster/cluster-objects.ts";
import { connection, lineOf, lines, lookup, pipelineOf } from "./support/cluster/watched-cluster.ts";

const web = pod("shop/web", { ip: "10.244.1.5" });
const cart = pod("shop/cart", { ip: "10.244.2.6", node: "b" });
const agent = pod("wirespan/wirespan-b", {
  ...{ ip: "10.244.2.99", node: "b", owner: ["DaemonSet", "wirespan"] },
  labels: { "app.kubernetes.io/name": "wirespan" },
});
const objects = [...threeNodes(), web, cart];

function run(cluster: Parameters<typeof pipelineOf>[0]) {
  const told: Interaction[] = [];
  const pipeline = pipelineOf(cluster, (interaction) => told.push(interaction));
  return { pipeline, lines: () => told.map(lineOf) };
}

test("what waits is decided when the clock is set back, and does not wait until time comes round again", () => {
  const { pipeline, lines } = run({ objects });
  pipeline.time(micros(100));
  // An address that news may still explain is waited for.
  connection({ at: 100, from: "10.244.1.5", to: "10.244.1.200" }).feed(pipeline);
  pipeline.time(micros(100.1));
  assert.deepEqual(lines(), []);
  pipeline.time(micros(100.1 - 3_600));
  assert.equal(lines().length, 1);
  // And time goes on from there.
  connection({ at: -3_490, from: "10.244.1.5", to: "10.244.2.6" }).feed(pipeline);
  pipeline.time(micros(-3_480));
  assert.equal(lines().length, 2);
  assert.equal(pipeline.nowMicros, micros(-3_480));
});

test("packets that are some milliseconds out of order are no clock that was set", () => {
  const { pipeline, lines } = run({ objects });
  pipeline.time(micros(100));
  connection({ at: 100, from: "10.244.1.5", to: "10.244.1.200" }).feed(pipeline);
  pipeline.time(micros(99.5));
  assert.deepEqual(lines(), []);
});

test("at the end all that waits is told, with the news that has come by then and soon after", () => {
  const late = pod("shop/late", { ip: "10.244.1.9", createdSeconds: 99 });
  const { pipeline, lines } = run({ objects, events: [added(102, late)] });
  pipeline.time(micros(100));
  connection({ at: 100, from: "10.244.1.9", to: "10.244.2.6" }).feed(pipeline);
  pipeline.finish();
  assert.deepEqual(lines(), ["shop/late -> shop/cart established"]);
});

test("an agent whose own pod the cluster does not show tells what its node sees, and leaves to others what they see", () => {
  const cluster = { objects: [...objects, agent], node: "a" };
  const facts = [
    // From its own pod, to its own host, and from another node's pod: only the last one is node b's.
    connection({ at: 1, from: "10.244.1.5", to: "10.244.2.6" }),
    connection({ at: 2, from: "203.0.113.7", to: "192.168.0.1:8080" }),
    connection({ at: 3, from: "10.244.2.6", to: "10.244.1.5" }),
  ];
  assert.deepEqual(lines(cluster, facts), [
    "shop/web -> shop/cart established",
    "external:external -> node:a established",
  ]);
});

test("of nodes that are said to have an agent only those count, whatever the cluster shows", () => {
  const facts = [connection({ at: 3, from: "10.244.2.6", to: "10.244.1.5" })];
  const cluster = { objects: [...objects, agent], node: "a" };
  assert.deepEqual(lines({ ...cluster, agents: ["a"] }, facts), ["shop/cart -> shop/web established"]);
  assert.deepEqual(lines({ ...cluster, agents: ["a", "b"] }, facts), []);
});

test("where the cluster shows no agent at all every node has one", () => {
  const facts = [connection({ at: 3, from: "10.244.2.6", to: "10.244.1.5" })];
  assert.deepEqual(lines({ objects, node: "a" }, facts), []);
});

test("counters of what was resolved stand beside those that the sensor told last", () => {
  const { pipeline } = run({ objects });
  assert.equal(pipeline.sensorCounters, null);
  pipeline.counters({ packets: 7 });
  pipeline.time(micros(1));
  lookup({ at: 1, from: "10.244.1.5", name: "api.example.com", to: ["203.0.113.9"] }).feed(pipeline);
  connection({ at: 1.1, from: "10.244.1.5", to: "203.0.113.9" }).feed(pipeline);
  pipeline.finish();
  assert.deepEqual(pipeline.sensorCounters, { packets: 7 });
  const { connections, lookups, interactions } = pipeline.resolveCounters();
  assert.deepEqual([connections, lookups, interactions], [1, 1, 1]);
});
