import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimitedLog } from "../../src/telemetry/log.ts";

function heard() {
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

test("the first line of a kind is said at once, repeats are held back and told as a total", () => {
  const { lines, time, log } = heard();
  log.say("lost", "lost: 1");
  for (let i = 2; i <= 100; i++) log.say("lost", `lost: ${i}`);
  assert.deepEqual(lines, ["lost: 1"]);
  time.millis += 31_000;
  log.say("lost", "lost: 101");
  assert.deepEqual(lines.slice(1), ["lost: 101 (and 99 more of this kind since the last line)"]);
});

test("kinds do not hold each other back", () => {
  const { lines, log } = heard();
  log.say("lost", "lost");
  log.say("started", "started");
  assert.deepEqual(lines, ["lost", "started"]);
});

test("at the end what was held back is said once", () => {
  const { lines, log } = heard();
  for (let i = 1; i <= 3; i++) log.say("lost", `lost: ${i}`);
  log.flush();
  log.flush();
  assert.deepEqual(lines, ["lost: 1", "lost: 3 (and 1 more of this kind since the last line)"]);
});

test("what was held back is said half a minute after the last line of its kind, not before, and once", () => {
  const { lines, time, log } = heard();
  log.say("lost", "lost: 1");
  log.say("lost", "lost: 2");
  log.say("started", "started: 1");
  time.millis += 29_900;
  log.tick();
  log.say("lost", "lost: 3");
  assert.deepEqual(lines, ["lost: 1", "started: 1"]);
  time.millis += 100;
  log.tick();
  log.tick();
  assert.deepEqual(lines.slice(2), ["lost: 3 (and 1 more of this kind since the last line)"]);
  // The interval begins anew with it.
  time.millis += 29_900;
  log.say("lost", "lost: 4");
  assert.equal(lines.length, 3);
});
