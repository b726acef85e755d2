import assert from "node:assert/strict";
import { test } from "node:test";
import { SensorTotals } from "../../src/agent/capture-stats.ts";
import { agentFacts } from "../../src/agent/fact-handlers.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { FactStreamError } from "../../src/model/errors.ts";
import { added, micros, modified, pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lineOf, lookup, pipelineOf } from "../support/cluster/watched-cluster.ts";

const TICK_MICROS = 200_000;
const NONE = { applyUpdates() {}, time() {}, wallMicros: () => micros(0), isLive: true };

test("a clock that is set back now and then is the node's, and one that always is makes the stream invalid", () => {
  let nowMillis = 0;
  const node = pipelineOf({}, () => {});
  const facts = agentFacts({ ...NONE, node, totals: new SensorTotals(), nowMillis: () => nowMillis });
  const setBack = () => {
    facts.time(micros(3_600));
    facts.time(micros(0));
  };
  for (let minute = 0; minute < 50; minute++, nowMillis += 60_000) for (let i = 0; i < 10; i++) setBack();
  for (let i = 0; i < 10; i++) setBack();
  assert.throws(setBack, FactStreamError);
  nowMillis += 60_000;
  setBack();
});

test("invalid counters make the stream invalid, and change no figures", () => {
  const totals = new SensorTotals();
  const node = pipelineOf({}, () => {});
  const facts = agentFacts({ ...NONE, node, totals, nowMillis: () => 0 });
  const before = totals.stats(node.resolveCounters());
  for (const counters of [null, {}, { packets: -1 }, { packets: 1, decode: { ignored: { __proto__: null } } }]) {
    assert.throws(() => facts.counters(counters), FactStreamError);
  }
  assert.deepEqual(totals.stats(node.resolveCounters()), before);
});

test("packet time passes in steps of some milliseconds", () => {
  const node = pipelineOf({}, () => {});
  const times: number[] = [];
  const time = (at: number) => times.push(at - micros(0));
  const facts = agentFacts({ ...NONE, time, node, totals: new SensorTotals(), nowMillis: () => 0 });
  for (let at = 0; at <= 20_000; at++) facts.time(micros(0) + at);
  assert.deepEqual(times, [0, 5_000, 10_000, 15_000, 20_000]);
});

test("a lookup right before the clock is set forward is unfinished: its connection counts as another one", () => {
  const here = { objects: [...threeNodes(), pod("shop/web", { ip: "10.244.1.5" })], node: "a" };
  for (const [isLive, lookups, unfinished] of [
    [true, [], 1],
    [false, ["shop/web -> external:api.example.com resolved api.example.com"], 0],
  ] as const) {
    const reported: string[] = [];
    const node = pipelineOf(here, (interaction) => reported.push(lineOf(interaction)));
    const facts = agentFacts({ ...NONE, isLive, node, totals: new SensorTotals(), nowMillis: () => 0 });
    facts.time(micros(0));
    lookup({ at: 0.1, from: "10.244.1.5", name: "api.example.com", to: ["203.0.113.1"] }).feed(node);
    facts.time(micros(0.2));
    facts.time(micros(7_200));
    connection({ at: 7_200.1, from: "10.244.1.5", to: "203.0.113.1" }).feed(node);
    facts.time(micros(7_210));
    assert.deepEqual(reported, [...lookups, "shop/web -> external:external established"]);
    assert.equal(node.resolveCounters().ignored.unfinished, unfinished);
  }
});

test("what waits for cluster updates waits until those are read that came while the agent was held up", () => {
  const late = { uid: "late", createdSeconds: 0 };
  const cluster = [...threeNodes(), pod("shop/web", { ip: "10.244.1.5" })];
  const created = added(0.5, pod("shop/late", { ...late, phase: "Pending" }));
  const started = modified(5.6, pod("shop/late", { ...late, ip: "10.244.1.7", startedSeconds: 0 }));
  const made = [1, 3].map((at) => connection({ at, from: "10.244.1.7", to: "10.244.1.5" }));
  for (const [heldSeconds, first] of [
    [0, "unresolved:10.244.1.7"],
    [3.5, "shop/late"],
  ] as const) {
    const reported: string[] = [];
    const feed = new ClusterFeed(cluster, [created]);
    const node = pipelineOf({ feed, node: "a" }, (interaction) => reported.push(lineOf(interaction)));
    let wallMicros = micros(0);
    const facts = agentFacts({
      ...NONE,
      node,
      totals: new SensorTotals(),
      nowMillis: () => wallMicros / 1_000,
      wallMicros: () => wallMicros,
    });
    const read = (from: number, to: number): void => {
      for (let at = micros(from); at < micros(to); at += TICK_MICROS) {
        wallMicros = Math.max(wallMicros, at);
        facts.time(at);
        const arrived = made.filter(({ arrivalMicros }) => at <= arrivalMicros && arrivalMicros < at + TICK_MICROS);
        for (const fact of arrived) fact.feed(node);
      }
    };
    read(0, 2);
    wallMicros += heldSeconds * 1e6;
    // What the sensor sent meanwhile comes before what the API server sent.
    read(2, 5.6);
    feed.add([started]);
    read(5.6, 20);
    assert.deepEqual(reported, [`${first} -> shop/web established`, "shop/late -> shop/web established"]);
  }
});

test("a lookup is not unused while the agent was held up before it could decide its connection", () => {
  // A pod that runs to completion may have ended: its facts wait for an update.
  const job = pod("shop/job", { ip: "10.244.1.9", restartPolicy: "Never" });
  const feed = new ClusterFeed([...threeNodes()], [added(-10, job)]);
  const reported: string[] = [];
  const node = pipelineOf({ feed, node: "a" }, (interaction) => reported.push(lineOf(interaction)));
  let wallMicros = micros(0);
  const clock = { nowMillis: () => wallMicros / 1_000, wallMicros: () => wallMicros };
  const facts = agentFacts({ ...NONE, ...clock, node, totals: new SensorTotals() });
  const made = [
    lookup({ at: 0.1, from: "10.244.1.9", name: "api.example.com", to: ["203.0.113.1"] }),
    connection({ at: 6, from: "10.244.1.9", to: "203.0.113.1" }),
  ];
  for (let at = micros(0); at < micros(40); at += TICK_MICROS) {
    if (at === micros(6.2)) wallMicros += 9.5e6;
    wallMicros = Math.max(wallMicros, at);
    facts.time(at);
    for (const fact of made) if (at <= fact.arrivalMicros && fact.arrivalMicros < at + TICK_MICROS) fact.feed(node);
  }
  assert.deepEqual(reported, ["shop/job -> external:api.example.com established api.example.com"]);
});
