import assert from "node:assert/strict";
import { test } from "node:test";
import { SensorTotals } from "../../src/agent/capture-stats.ts";
import { type SensorFigures, toStats } from "../../src/telemetry/stats.ts";

const RESOLVED = toStats(null, null);

/** Figures of a sensor that was handed `packets` of the frames received; `left` are in the ring. */
function figures(packets: number, dropped = 0, left = 0): SensorFigures {
  const empty = { ignored: { other: packets }, memoHits: 0, memoMisses: 0, answersTruncated: 0, fragmentsDropped: 0 };
  return {
    packets,
    decode: { ...empty, fragmentBytes: 7, streamsDropped: 0, streamBytes: 0 },
    source: { kernel: { received: packets + dropped + left, dropped, left }, longestDispatchMillis: 5 },
  } as unknown as SensorFigures;
}

function counted(totals: SensorTotals) {
  const { packets, kernelReceived, kernelDrops, kernelQueued, ignored } = totals.stats(RESOLVED as never);
  return { packets, kernelReceived, kernelDrops, kernelQueued, ignored };
}

test("of a sensor that is older than the run, only what it counted since counts", () => {
  const totals = new SensorTotals();
  totals.end(true);
  totals.update(figures(1_000, 50, 10));
  assert.deepEqual(counted(totals), {
    packets: 0,
    kernelReceived: 10,
    kernelDrops: 0,
    kernelQueued: 10,
    ignored: { other: 0 },
  });
  totals.update(figures(1_030, 51, 4));
  assert.deepEqual(counted(totals), {
    packets: 30,
    kernelReceived: 35,
    kernelDrops: 1,
    kernelQueued: 4,
    ignored: { other: 30 },
  });
  assert.equal(totals.stats(RESOLVED as never).longestDispatchMillis, 5);
});

test("a later sensor counts from its start, and adds to those before it", () => {
  const totals = new SensorTotals();
  totals.end(true);
  totals.update(figures(1_000));
  totals.update(figures(1_030));
  totals.end();
  totals.update(figures(5));
  assert.equal(counted(totals).packets, 35);
});
