import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "../../src/graph/latency-histogram.ts";

function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
}

const durations = fc.array(fc.double({ min: 4, max: 130e6, noNaN: true }), { minLength: 1, maxLength: 300 });

describe("latency histogram", () => {
  it("gives each quantile within 2 % of the exact one", () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (values, q) => {
        const histogram = new LatencyHistogram();
        for (const value of values) histogram.record(value);
        const exact = exactQuantile(values, q);
        // An eighth of a microsecond is the resolution.
        assert.ok(Math.abs((histogram.quantile(q) ?? 0) - exact) <= Math.max(0.02 * exact, 0.125));
      }),
    );
  });

  it("says after merging what one histogram of all values says", () => {
    fc.assert(
      fc.property(durations, durations, (left, right) => {
        const [a, b, both] = [new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram()];
        for (const value of left) a.record(value);
        for (const value of right) b.record(value);
        for (const value of [...left, ...right]) both.record(value);
        a.merge(b);
        assert.equal(a.count, left.length + right.length);
        for (const q of [0, 0.5, 0.9, 0.99, 1]) assert.equal(a.quantile(q), both.quantile(q));
      }),
    );
  });

  it("has no quantile while it is empty, and the value itself after one", () => {
    const histogram = new LatencyHistogram();
    assert.equal(histogram.quantile(0.5), null);
    histogram.record(412);
    assert.equal(histogram.quantile(0.5), 412);
    assert.equal(histogram.quantile(0.99), 412);
  });

  it("takes zero, negative and endless durations without harm", () => {
    const histogram = new LatencyHistogram();
    for (const value of [0, -5, Number.POSITIVE_INFINITY]) histogram.record(value);
    assert.equal(histogram.quantile(0.5), 0);
    assert.ok((histogram.quantile(1) ?? 0) > 260e6);
  });
});
