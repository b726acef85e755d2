import assert from "node:assert/strict";
import { test } from "node:test";
import { collectorBuckets, tempoBuckets } from "./support/latency-buckets.ts";

test("every program that draws the graph uses the same latency buckets, from 250 us to 15 s", () => {
  const bounds = collectorBuckets("collector.yaml");
  assert.deepEqual([bounds[0], bounds.at(-1)], [0.00025, 15]);
  assert.deepEqual(
    bounds,
    bounds.toSorted((a, b) => a - b),
  );
  assert.deepEqual(collectorBuckets("collector-gateway.yaml"), bounds);
  assert.deepEqual(tempoBuckets(), { graph: bounds, spans: bounds });
});
