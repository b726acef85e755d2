import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interaction } from "../../src/model/interaction.ts";
import { EdgeRateLimit } from "../../src/report/edge-rate-limit.ts";
import { interaction } from "../export/support/sample-interactions.ts";

const SECOND = 1_000_000;

const seen = (timeMicros: number, server = "api.example.com"): Interaction =>
  interaction({ timeMicros, server: { type: "external", name: server } });

test("up to the maximum, pairs of one edge and second are admitted", () => {
  const limit = new EdgeRateLimit(3);
  const admitted = Array.from({ length: 10 }, (_, i) => limit.admits(seen(5 * SECOND + i)));
  assert.deepEqual(admitted, [true, true, true, ...Array(7).fill(false)]);
});

test("each edge and each second has its own count", () => {
  const limit = new EdgeRateLimit(1);
  const admitted = [seen(0), seen(0, "b.example"), seen(SECOND), seen(1)].map((one) => limit.admits(one));
  assert.deepEqual(admitted, [true, true, true, false]);
});

test("a late interaction counts in its own second", () => {
  const limit = new EdgeRateLimit(2);
  const times = [7.1, 1.2, 7.2, 1.3, 7.3, 1.4];
  const admitted = times.map((time) => limit.admits(seen(time * SECOND)));
  assert.deepEqual(admitted, [true, true, true, true, false, false]);
});

test("a flood of new edges is bounded by two generations", () => {
  const limit = new EdgeRateLimit(1, 100);
  for (let i = 0; i < 10_000; i++) limit.admits(seen(i, `host-${i}.example`));
  assert.ok(limit.size <= 200, `${limit.size}`);
});
