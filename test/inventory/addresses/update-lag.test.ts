import assert from "node:assert/strict";
import { test } from "node:test";
import { UpdateLag } from "../../../src/inventory/addresses/update-lag.ts";

const SECOND = 1e6;

test("an update within the second of the API's timestamp, plus clock skew, is timely", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, 101.2 * SECOND);
  assert.equal(lag.earliestChange(101 * SECOND), 101 * SECOND);
});

test("a late update makes the minute before and after it uncertain by 3 s", () => {
  const lag = new UpdateLag();
  lag.observe(100 * SECOND, 102 * SECOND);
  assert.deepEqual(
    [41, 43, 102, 161, 163].map((seconds) => seconds - lag.earliestChange(seconds * SECOND) / SECOND),
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

test("an update that is read after the process was held up may have come at any time since, and no later one is late for it", () => {
  const lag = new UpdateLag();
  lag.held(100 * SECOND, 104 * SECOND);
  assert.deepEqual(
    [100, 101, 104.4, 104.6].map((seconds) => lag.unreadSince(seconds * SECOND) / SECOND),
    [100, 100, 100, 104.6],
  );
  // A change of the held-up time, read at its end.
  lag.observe(101 * SECOND, 104.1 * SECOND);
  assert.deepEqual(
    [99, 101, 104.1, 104.6].map((seconds) => lag.earliestChange(seconds * SECOND) / SECOND),
    [99, 97, 97, 104.6],
  );
  lag.observe(98 * SECOND, 104.1 * SECOND);
  assert.equal(lag.earliestChange(104.6 * SECOND), 101.6 * SECOND);
});

test("a process that is held up again and again is not behind by more than 10 s", () => {
  const lag = new UpdateLag();
  for (let at = 100; at < 200; at += 2) lag.held(at * SECOND, (at + 2) * SECOND);
  assert.equal(lag.unreadSince(200 * SECOND), 190 * SECOND);
  lag.held(300 * SECOND, 302 * SECOND);
  assert.equal(lag.unreadSince(302 * SECOND), 300 * SECOND);
});
