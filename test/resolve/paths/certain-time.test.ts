import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { endUnit, firstUnit, unitOf } from "../../../src/resolve/paths/certain-time.ts";

const MARGIN = 4e6;
const now = fc.integer({ min: 1_795_000_000_000_000, max: 1_795_000_100_000_000 });
const limit = fc.oneof(now, fc.constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));

test("a time in the units of an interval is in the interval, and is found if it is not near its limits", () => {
  fc.assert(
    fc.property(limit, limit, now, (fromMicros, toMicros, micros) => {
      const unit = unitOf(micros);
      const isFound = firstUnit(fromMicros) <= unit && unit < endUnit(toMicros);
      if (isFound) assert.ok(fromMicros <= micros && micros < toMicros);
      if (fromMicros + MARGIN <= micros && micros < toMicros - MARGIN) assert.ok(isFound);
    }),
  );
});
