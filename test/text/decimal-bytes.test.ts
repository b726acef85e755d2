import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_NUMBER_BYTES, writeDecimal, writeWhole } from "../../src/text/decimal-bytes.ts";
import { decimalText } from "../../src/text/number-text.ts";

const BEGIN = 3;

/** What was written, and nothing before or after it. */
function written(write: (bytes: Uint8Array, at: number) => number): string {
  const bytes = Buffer.alloc(BEGIN + MAX_NUMBER_BYTES);
  const end = write(bytes, BEGIN);
  assert.equal(bytes.subarray(0, BEGIN).toString("hex"), "000000");
  return bytes.subarray(BEGIN, end).toString();
}

test("a decimal has the bytes of its text", () => {
  const values = fc.oneof(
    fc.nat(),
    fc.double({ noNaN: true }),
    fc.integer({ min: 0, max: 2 ** 52 }),
    fc.integer({ min: 2 ** 52, max: 2 ** 54 }),
    fc.nat(1_000).map((units) => units * 1e6),
  );
  fc.assert(
    fc.property(values, fc.constantFrom(3 as const, 6 as const), (value, places) => {
      assert.equal(
        written((bytes, at) => writeDecimal(bytes, at, value, places)),
        decimalText(value, places),
      );
    }),
    { numRuns: 5_000 },
  );
});

test("a whole number has the bytes of its text", () => {
  const values = fc.oneof(fc.nat(100), fc.nat(65_535), fc.nat(), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 53 }));
  fc.assert(
    fc.property(values, (value) => {
      assert.equal(
        written((bytes, at) => writeWhole(bytes, at, value)),
        `${value}`,
      );
    }),
  );
});
