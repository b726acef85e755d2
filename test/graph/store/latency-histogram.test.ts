import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "../../../src/graph/store/latency-histogram.ts";

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

  it("has no quantile while it is empty, and returns the only value exactly", () => {
    const histogram = new LatencyHistogram();
    assert.equal(histogram.quantile(0.5), null);
    histogram.record(412);
    assert.equal(histogram.quantile(0.5), 412);
    assert.equal(histogram.quantile(0.99), 412);
  });

  it("accepts zero, negative and infinite durations", () => {
    const histogram = new LatencyHistogram();
    for (const value of [0, -5, Number.POSITIVE_INFINITY]) histogram.record(value);
    assert.equal(histogram.quantile(0.5), 0);
    assert.ok((histogram.quantile(1) ?? 0) > 260e6);
  });
});
