import assert from "node:assert/strict";
import { test } from "node:test";
import { createExporter } from "../../src/export/create-exporter.ts";
import { interaction } from "../export/support/sample-interactions.ts";
import { startCollector } from "./support/collector-process.ts";

const PAIRS = 3_000;
/** The queue before a Tempo that is not there is full at once. */
const FULL_QUEUE = [
  "exporters::otlp_grpc/tempo::sending_queue::queue_size: 1",
  "exporters::otlp_grpc/tempo::sending_queue::num_consumers: 1",
];

/** What the Collector counted of 3,000 pairs while Tempo was away, and what it logged of that. */
async function counted(overlays: readonly string[]): Promise<{ requests: number; log: string }> {
  const collector = await startCollector({ overlays: [...FULL_QUEUE, ...overlays] });
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
    { version: "0.0.0", keepNodes: false, times: "replay", maxRetryMillis: 3_000 },
  );
  exporter.start();
  for (let pair = 0; pair < PAIRS; pair++) exporter.add(interaction());
  await exporter.drain();
  await exporter.shutdown();
  const [edge] = await collector.edgesOf(PAIRS);
  await collector.stop();
  return { requests: edge?.requests ?? 0, log: collector.log() };
}

test("a Tempo that is away changes nothing of the graph, and does not fill the log", async () => {
  const { requests, log } = await counted([]);
  assert.equal(requests, PAIRS);
  assert.match(log, /Exporting failed/);
  for (const message of ["Exporting failed. Will retry", "Rejecting data", "Dropping data", "Sender failed"]) {
    const lines = log.split("\n").filter((line) => line.includes(message));
    assert.ok(lines.length <= 2, `${lines.length} lines of ${message}`);
  }
  assert.doesNotMatch(log, /^\t/m, "a stack trace");
});

test("without batch before Tempo, its full queue makes requests come again that were counted", async () => {
  assert.notEqual((await counted(["service::pipelines::traces/tempo::processors: []"])).requests, PAIRS);
});
