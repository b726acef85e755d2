import assert from "node:assert/strict";
import { test } from "node:test";
import { UpdateLag } from "../../../src/inventory/addresses/update-lag.ts";

const SECOND = 1e6;

test("news within the second of the API's time stamp, and a little more, is in time", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, 101.2 * SECOND);
  assert.equal(lag.at(101 * SECOND), 0);
});

test("news that was late makes the minute before and after it uncertain by 3 s, and no longer", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, 102 * SECOND);
  assert.deepEqual(
    [41, 43, 102, 161, 163].map((seconds) => lag.at(seconds * SECOND) / SECOND),
    [0, 3, 3, 3, 0],
  );
});

test("what was always there is not late for having been made long ago", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, Number.NEGATIVE_INFINITY);
  assert.equal(lag.isLate(100 * SECOND), false);
});

test("while the watch is broken all news is late", () => {
  const lag = new UpdateLag();
  lag.isDisconnected = true;
  assert.equal(lag.isLate(5 * SECOND), true);
  lag.isDisconnected = false;
  assert.equal(lag.isLate(5 * SECOND), false);
});
