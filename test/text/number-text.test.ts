import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decimalText, percentText } from "../../src/text/number-text.ts";

test("a decimal is written as JSON writes the quotient", () => {
  const values = fc.oneof(
    fc.nat(),
    fc.double({ min: -1e18, max: 1e18 }),
    fc.integer({ min: 0, max: 2 ** 52 }),
    // Where the doubles begin to stand further apart than the last decimal place.
    fc.integer({ min: 2 ** 52, max: 2 ** 54 }),
  );
  fc.assert(
    fc.property(values, fc.constantFrom(3 as const, 6 as const), (value, places) => {
      assert.equal(decimalText(value, places), `${Math.round(value) / 10 ** places}`);
    }),
    { numRuns: 5_000 },
  );
  for (const value of [0, 1, 10, 999, 1_000, 1_767_225_600_123_456]) {
    assert.equal(decimalText(value, 6), `${value / 1e6}`);
  }
});

test("a decimal of which a double has several texts is written as JSON writes it, too", () => {
  const edge = 2 ** 33 * 1e6;
  for (const value of [8_606_966_416_800_118, edge - 1, edge, edge + 1, Number.MAX_SAFE_INTEGER]) {
    for (const [places, unit] of [
      [3, 1e3],
      [6, 1e6],
    ] as const) {
      assert.equal(decimalText(value, places), JSON.stringify(value / unit), `${value}, ${places} places`);
    }
  }
});

test("a share that is neither nothing nor all is printed as neither", () => {
  const shares: readonly (readonly [number, string])[] = [
    [0, "0 %"],
    [1e-9, "<1 %"],
    [0.01, "1 %"],
    [0.5, "50 %"],
    [0.99, "99 %"],
    [0.9999, ">99 %"],
    [1, "100 %"],
  ];
  for (const [share, text] of shares) assert.equal(percentText(share), text);
});
