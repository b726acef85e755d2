import assert from "node:assert/strict";
import { test } from "node:test";
import { SensorTotals } from "../../src/agent/capture-stats.ts";
import { agentFacts } from "../../src/agent/fact-handlers.ts";
import { FactStreamError } from "../../src/model/errors.ts";
import { micros } from "../support/cluster/cluster-objects.ts";
import { pipelineOf } from "../support/cluster/watched-cluster.ts";

const NONE = { applyUpdates() {}, time() {} };

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
