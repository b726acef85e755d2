import assert from "node:assert/strict";
import { test } from "node:test";
import { PairLosses } from "../../src/agent/pair-losses.ts";
import { newExportCounters } from "../../src/export/queue/exporter.ts";
import { RateLimitedLog } from "../../src/telemetry/log.ts";

function losses() {
  const lines: string[] = [];
  const clock = { millis: 0 };
  const log = new RateLimitedLog(
    (line) => lines.push(line),
    () => clock.millis,
  );
  return { log, lines, clock, losses: new PairLosses(log), counters: newExportCounters() };
}

test("pairs that an outage cost are reported once it is over, with the reasons, and not again", () => {
  const { lines, losses: reported, counters } = losses();
  reported.note(counters, true);
  counters.dropped.too_old = 28;
  reported.note(counters, false);
  counters.dropped.unreachable = 6;
  reported.note(counters, false);
  assert.deepEqual(lines, []);
  reported.note(counters, true);
  reported.note(counters, true);
  assert.deepEqual(lines, [
    "not delivered so far: 34 span pairs (28 too_old, 6 unreachable); the graphs behind the Collector lack them",
  ]);
});

test("while pairs go on being dropped, a line every half minute has the total", () => {
  const { log, lines, clock, losses: reported, counters } = losses();
  for (; clock.millis < 65_000; clock.millis += 1_000) {
    counters.dropped.queue_full++;
    reported.note(counters, true);
    log.tick();
  }
  assert.deepEqual(
    lines.map((line) => /(\d+) queue_full/.exec(line)?.[1]),
    ["1", "31", "61"],
  );
});
