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
    [99, 100, 100, 104.6],
  );
  lag.observe(98 * SECOND, 104.1 * SECOND);
  assert.equal(lag.earliestChange(104.6 * SECOND), 101.6 * SECOND);
});

test("a process that is held up again and again is not behind by more than 10 s", () => {
  const lag = new UpdateLag();
  let longest = 0;
  for (let at = 100; at < 200; at += 2) {
    lag.held(at * SECOND, (at + 2) * SECOND);
    const behind = at + 2 - lag.unreadSince((at + 2) * SECOND) / SECOND;
    longest = Math.max(longest, behind);
    assert.ok(0 < behind && behind <= 10, `${behind} s at ${at}`);
  }
  assert.equal(longest, 10);
  lag.held(300 * SECOND, 302 * SECOND);
  assert.equal(lag.unreadSince(302 * SECOND), 300 * SECOND);
});

test("what was held up before is still known when the process is held up again, for three minutes", () => {
  const lag = new UpdateLag();
  const since = (...seconds: readonly number[]) => seconds.map((second) => lag.unreadSince(second * SECOND) / SECOND);
  lag.held(100 * SECOND, 104 * SECOND);
  lag.held(108 * SECOND, 110 * SECOND);
  assert.deepEqual(since(99, 103, 106, 109), [99, 100, 106, 108]);
  // Read at its end, and held up again at once.
  lag.held(110.2 * SECOND, 112 * SECOND);
  assert.deepEqual(since(103, 109, 112.3), [100, 108, 108]);
  lag.held(400 * SECOND, 401 * SECOND);
  assert.deepEqual(since(103, 109, 400.5), [103, 109, 400]);
  // The clock was set back.
  lag.held(200 * SECOND, 203 * SECOND);
  assert.deepEqual(since(202, 400.5), [200, 400.5]);
  // Meanwhile.
  lag.held(203 * SECOND, 40 * SECOND);
  lag.held(40.3 * SECOND, 42 * SECOND);
  assert.deepEqual(since(41, 202), [40, 202]);
});
