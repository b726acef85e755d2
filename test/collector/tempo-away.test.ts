import assert from "node:assert/strict";
import { test } from "node:test";
import { createExporter } from "../../src/export/create-exporter.ts";
import { interaction } from "../export/sample-interactions.ts";
import { startCollector } from "./collector-process.ts";

const PAIRS = 3_000;
/** The queue before a Tempo that is not there is full at once. */
const FULL_QUEUE = [
  "exporters::otlp_grpc/tempo::sending_queue::queue_size: 1",
  "exporters::otlp_grpc/tempo::sending_queue::num_consumers: 1",
];

/** What the Collector counted of 3,000 pairs while Tempo was away. */
async function counted(overlays: readonly string[]): Promise<number> {
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
  return edge?.requests ?? 0;
}

test("a Tempo that is away changes nothing of the graph", async () => {
  assert.equal(await counted([]), PAIRS);
});

test("without batch before Tempo, its full queue makes requests come again that were counted", async () => {
  assert.notEqual(await counted(["service::pipelines::traces/tempo::processors: []"]), PAIRS);
});
