import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createExporter } from "../../src/export/create-exporter.ts";
import type { Exporter } from "../../src/export/exporter.ts";
import { interaction } from "../export/sample-interactions.ts";
import { startCollector } from "./collector-process.ts";

function accountedFor({ counters }: Exporter): number {
  return counters.sent + counters.unknown + Object.values(counters.dropped).reduce((sum, pairs) => sum + pairs, 0);
}

/** 20 pairs every 20 ms, as an agent would add them, until `isOver`. */
async function trafficUntil(exporter: Exporter, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    for (let i = 0; i < 20; i++)
      exporter.add(interaction({ timeMicros: Date.now() * 1000 - 1_000, durationMicros: 500 }));
    await delay(20);
  }
}

test("a Collector that is killed and comes back: the young pairs arrive, every pair is accounted for, none counts twice", async () => {
  const first = await startCollector();
  const heard: (string | null)[] = [];
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: first.endpoint, OTEL_BSP_SCHEDULE_DELAY: "100" },
    { version: "0.0.0", keepNodes: false, times: "live", onChange: (problem) => heard.push(problem) },
  );
  exporter.start();
  await trafficUntil(exporter, () => exporter.counters.sent > 1_000);
  await first.stop("SIGKILL");
  const sentBefore = exporter.counters.sent;

  await trafficUntil(exporter, () => heard.length > 0);
  const outage = Date.now();
  await trafficUntil(exporter, () => Date.now() - outage > 4_000);
  const second = await startCollector({ ports: first.ports });
  const back = Date.now();
  await trafficUntil(exporter, () => heard.at(-1) === null || Date.now() - back > 20_000);
  const waited = Date.now() - back;
  await exporter.drain();
  await exporter.shutdown();

  const { counters } = exporter;
  assert.equal(accountedFor(exporter), counters.queued);
  assert.match(heard[0] ?? "", /^The Collector at .*\.$/);
  assert.equal(heard.at(-1), null);
  // gRPC alone would wait for its own back-off, which grows to two minutes.
  assert.ok(waited < 8_000, `sending began again only after ${waited} ms`);
  const expected = counters.sent - sentBefore;
  const [edge] = await second.edgesOf(expected);
  assert.ok(edge !== undefined);
  // What was under way when the first one was killed may have been answered by it and read after the kill.
  assert.ok(
    edge.requests <= expected && edge.requests >= expected - 1_000,
    `${edge.requests} counted, ${expected} sent`,
  );
  assert.equal(counters.dropped.rejected + counters.dropped.too_old + counters.dropped.shutdown, 0);
  assert.ok(counters.sent + counters.unknown >= counters.queued, `${JSON.stringify(counters)}`);
  await second.stop();
});

test("an agent that starts before its Collector delivers once it is there", async () => {
  const early = await startCollector();
  await early.stop();
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: early.endpoint, OTEL_BSP_SCHEDULE_DELAY: "100" },
    { version: "0.0.0", keepNodes: false, times: "live" },
  );
  exporter.start();
  for (let i = 0; i < 100; i++) exporter.add(interaction({ timeMicros: Date.now() * 1000, durationMicros: 500 }));
  const collector = await startCollector({ ports: early.ports });
  const result = await exporter.drain();
  assert.ok(result.complete, result.problem ?? "");
  const [edge] = await collector.edgesOf(100);
  assert.equal(edge?.requests, 100);
  await exporter.shutdown();
  await collector.stop();
});
