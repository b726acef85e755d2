import assert from "node:assert/strict";
import { test } from "node:test";
import { LossLog } from "../../src/agent/loss-log.ts";
import { newExportCounters } from "../../src/export/queue/exporter.ts";
import { RateLimitedLog } from "../../src/telemetry/log.ts";

function losses() {
  const lines: string[] = [];
  const clock = { millis: 0 };
  const log = new RateLimitedLog(
    (line) => lines.push(line),
    () => clock.millis,
  );
  return { log, lines, clock, losses: new LossLog(log), counters: newExportCounters() };
}

test("pairs that an outage cost are reported once it is over, with the reasons, and not again", () => {
  const { lines, losses: reported, counters } = losses();
  reported.pairs(counters, true);
  counters.dropped.too_old = 28;
  reported.pairs(counters, false);
  counters.dropped.unreachable = 6;
  reported.pairs(counters, false);
  assert.deepEqual(lines, []);
  reported.pairs(counters, true);
  reported.pairs(counters, true);
  assert.deepEqual(lines, [
    "not delivered so far: 34 span pairs (28 too_old, 6 unreachable); the graphs behind the Collector lack them",
  ]);
});

test("while pairs go on being dropped, a line every half minute has the total", () => {
  const { log, lines, clock, losses: reported, counters } = losses();
  for (; clock.millis < 65_000; clock.millis += 1_000) {
    counters.dropped.queue_full++;
    reported.pairs(counters, true);
    log.tick();
  }
  assert.deepEqual(
    lines.map((line) => /(\d+) queue_full/.exec(line)?.[1]),
    ["1", "31", "61"],
  );
});

test("packets that the kernel drops are reported while they grow, and not again", () => {
  const { log, lines, clock, losses: reported } = losses();
  for (const [millis, packets] of [
    [0, 0],
    [1_000, 7],
    [2_000, 462_241],
    [32_000, 462_241],
    [90_000, 462_241],
  ] as const) {
    clock.millis = millis;
    reported.packets(packets);
    log.tick();
  }
  assert.deepEqual(lines, [
    "the kernel dropped 7 packets; give the sensor more CPU time",
    "the kernel dropped 462241 packets; give the sensor more CPU time",
  ]);
});

test("losses are looked at once a second, also after the clock was set back", () => {
  const { losses: reported } = losses();
  const seconds = [3_600, 3_600.9, 3_601, 10, 10.5, 11];
  assert.deepEqual(
    seconds.map((at) => reported.isDue(at * 1e6)),
    [true, false, true, true, false, true],
  );
});
