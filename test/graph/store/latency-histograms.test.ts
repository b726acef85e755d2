import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { quantilesOf } from "../../../src/graph/latency-buckets.ts";
import { LatencyHistograms } from "../../../src/graph/store/latency-histograms.ts";
import type { LatencyBuckets } from "../../../src/model/service-graph.ts";

function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
}

/** Returns the histogram. */
function addAll(histograms: LatencyHistograms, values: readonly number[]): number {
  const histogram = histograms.take();
  for (const value of values) histograms.record(histogram, value);
  return histogram;
}

function bucketsOf(values: readonly number[]): LatencyBuckets {
  const histograms = new LatencyHistograms();
  const buckets = histograms.toBuckets(addAll(histograms, values));
  assert.ok(buckets !== null);
  return buckets;
}

/** Microseconds. */
function quantile(buckets: LatencyBuckets, q: 0.5 | 0.9 | 0.99): number {
  const { p50, p90, p99 } = quantilesOf(buckets);
  return 1_000 * (q === 0.5 ? p50 : q === 0.9 ? p90 : p99);
}

const durations = fc.array(fc.double({ min: 4, max: 130e6, noNaN: true }), { minLength: 1, maxLength: 300 });

describe("latency histograms", () => {
  it("give each quantile within 2 % of the exact one", () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99), (values, q) => {
        const exact = exactQuantile(values, q);
        // They are whole microseconds.
        assert.ok(Math.abs(quantile(bucketsOf(values), q) - exact) <= 0.02 * exact + 0.5);
      }),
    );
  });

  it("have nothing while they are empty, and return the only value exactly", () => {
    const histograms = new LatencyHistograms();
    assert.equal(histograms.toBuckets(histograms.take()), null);
    assert.equal(quantile(bucketsOf([412]), 0.5), 412);
    assert.equal(quantile(bucketsOf([412]), 0.99), 412);
  });

  it("accept zero, negative and infinite durations", () => {
    const buckets = bucketsOf([0, -5, Number.POSITIVE_INFINITY]);
    assert.equal(quantile(buckets, 0.5), 0);
    assert.ok(quantile(buckets, 0.99) > 260e6);
  });

  it("are independent, in any order of their durations, also where one was released", () => {
    fc.assert(
      fc.property(durations, durations, durations, (a, b, released) => {
        const histograms = new LatencyHistograms();
        histograms.release(addAll(histograms, released));
        const [first, second] = [histograms.take(), histograms.take()];
        for (let i = 0; i < Math.max(a.length, b.length); i++) {
          const [ofA, ofB] = [a[i], b[i]];
          if (ofA !== undefined) histograms.record(first, ofA);
          if (ofB !== undefined) histograms.record(second, ofB);
        }
        assert.deepEqual(histograms.toBuckets(first), bucketsOf([...a].reverse()));
        assert.deepEqual(histograms.toBuckets(second), bucketsOf([...b].sort((x, y) => x - y)));
      }),
    );
  });
});
