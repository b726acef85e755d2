import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimitedLog } from "../../src/telemetry/log.ts";

function collectingLog() {
  const lines: string[] = [];
  const time = { millis: 0 };
  return {
    lines,
    time,
    log: new RateLimitedLog(
      (line) => lines.push(line),
      () => time.millis,
    ),
  };
}

test("the first message of a kind is written at once, repetitions are suppressed and summed up", () => {
  const { lines, time, log } = collectingLog();
  log.write("lost", "lost: 1");
  for (let i = 2; i <= 100; i++) log.write("lost", `lost: ${i}`);
  assert.deepEqual(lines, ["lost: 1"]);
  time.millis += 31_000;
  log.write("lost", "lost: 101");
  assert.deepEqual(lines.slice(1), ["lost: 101 (and 99 more of this kind since the last line)"]);
});

test("kinds are independent", () => {
  const { lines, log } = collectingLog();
  log.write("lost", "lost");
  log.write("started", "started");
  assert.deepEqual(lines, ["lost", "started"]);
});

test("flush writes the last suppressed message once", () => {
  const { lines, log } = collectingLog();
  for (let i = 1; i <= 3; i++) log.write("lost", `lost: ${i}`);
  log.flush();
  log.flush();
  assert.deepEqual(lines, ["lost: 1", "lost: 3 (and 1 more of this kind since the last line)"]);
});

test("tick writes a suppressed message half a minute after the last one of its kind, once", () => {
  const { lines, time, log } = collectingLog();
  log.write("lost", "lost: 1");
  log.write("lost", "lost: 2");
  log.write("started", "started: 1");
  time.millis += 29_900;
  log.tick();
  log.write("lost", "lost: 3");
  assert.deepEqual(lines, ["lost: 1", "started: 1"]);
  time.millis += 100;
  log.tick();
  log.tick();
  assert.deepEqual(lines.slice(2), ["lost: 3 (and 1 more of this kind since the last line)"]);
  // It starts a new interval.
  time.millis += 29_900;
  log.write("lost", "lost: 4");
  assert.equal(lines.length, 3);
});
