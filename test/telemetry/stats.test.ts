import assert from "node:assert/strict";
import { test } from "node:test";
import { sumStats, toStats } from "../../src/telemetry/stats.ts";

const resolve = (connections: number) => ({
  connections,
  lookups: 2,
  interactions: 3,
  unresolved: 0,
  ignored: { loopback: 1 },
  waiting: 4,
  waitingEvicted: 0,
  namesEvicted: 0,
  externalNamesOverflow: 0,
});

const sensor = (packets: number, longestDispatchMillis: number) => ({
  packets,
  decode: {
    ignored: { malformed: 1 },
    memoHits: 5,
    memoMisses: 6,
    answersCut: 2,
    fragmentsDropped: 0,
    fragmentBytes: 7,
    streamsDropped: 0,
    streamBytes: 8,
  },
  handshakes: {
    halfOpen: 9,
    halfOpenEvicted: 10,
    decidedEvicted: 11,
    synCopies: 15,
    natTuplesJoined: 16,
    natTuplesRejected: 17,
    synsAfterVerdict: 18,
    answersRejected: 19,
    answersAfterTimeout: 20,
    unmatchedAnswers: 21,
  },
  exchanges: { open: 12, evicted: 13, serversEvicted: 14, omittedAddresses: 15 },
  source: { kernel: { received: packets + 18, dropped: 14, left: 4 }, longestDispatchMillis },
});

test("stats combine the counters of sensor and resolver", () => {
  const stats = toStats(sensor(100, 3), resolve(50));
  assert.equal(stats.packets, 100);
  assert.equal(stats.kernelDrops, 14);
  assert.equal(stats.kernelReceived, stats.packets + stats.kernelDrops + stats.kernelQueued);
  assert.deepEqual(stats.facts, { connections: 50, lookups: 2 });
  assert.deepEqual(stats.handshakes, {
    synCopies: 15,
    natTuplesJoined: 16,
    natTuplesRejected: 17,
    synsAfterVerdict: 18,
    answersRejected: 19,
    answersAfterTimeout: 20,
    unmatchedAnswers: 21,
  });
  assert.deepEqual(stats.tables, {
    halfOpen: 9,
    openLookups: 12,
    fragmentBytes: 7,
    streamBytes: 8,
    pendingFacts: 4,
  });
});

test("before the first counters of a sensor all fields are present and zero", () => {
  const stats = toStats(null, resolve(0));
  assert.deepEqual(
    [stats.packets, stats.kernelDrops, stats.longestDispatchMillis, stats.evicted.halfOpen],
    [0, 0, 0, 0],
  );
});

test("a sum adds every counter, and keeps the maximum of durations", () => {
  const sum = sumStats(toStats(sensor(100, 3), resolve(50)), toStats(sensor(1, 2), resolve(5)));
  assert.equal(sum.packets, 101);
  assert.deepEqual(sum.ignored, { malformed: 2 });
  assert.deepEqual([sum.evicted.openLookups, sum.evicted.dnsServers], [26, 28]);
  assert.equal(sum.dnsAnswersTruncated, 4);
  assert.equal(sum.longestDispatchMillis, 3);
  assert.deepEqual([sum.wirespan, sum.version], ["stats", 1]);
});
