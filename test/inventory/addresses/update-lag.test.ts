import assert from "node:assert/strict";
import { test } from "node:test";
import { UpdateLag } from "../../../src/inventory/addresses/update-lag.ts";

const SECOND = 1e6;

test("an update within the second of the API's timestamp, plus clock skew, is timely", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, 101.2 * SECOND);
  assert.equal(lag.at(101 * SECOND), 0);
});

test("a late update makes the minute before and after it uncertain by 3 s", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, 102 * SECOND);
  assert.deepEqual(
    [41, 43, 102, 161, 163].map((seconds) => lag.at(seconds * SECOND) / SECOND),
    [0, 3, 3, 3, 0],
  );
});

test("an object that is valid for all time is never late", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, Number.NEGATIVE_INFINITY);
  assert.equal(lag.isLate(100 * SECOND), false);
});

test("while the watch is broken every update is late", () => {
  const lag = new UpdateLag();
  lag.isDisconnected = true;
  assert.equal(lag.isLate(5 * SECOND), true);
  lag.isDisconnected = false;
  assert.equal(lag.isLate(5 * SECOND), false);
});
