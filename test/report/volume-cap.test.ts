import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interaction } from "../../src/model/interaction.ts";
import { VolumeCap } from "../../src/report/volume-cap.ts";
import { interaction } from "../export/support/sample-interactions.ts";

const SECOND = 1_000_000;

const seen = (timeMicros: number, server = "api.example.com"): Interaction =>
  interaction({ timeMicros, server: { type: "external", name: server } });

test("of one edge and second so many pairs go out, and the others are counted", () => {
  const cap = new VolumeCap(3);
  const admitted = Array.from({ length: 10 }, (_, i) => cap.admits(seen(5 * SECOND + i)));
  assert.deepEqual([admitted.filter(Boolean).length, cap.leftOut], [3, 7]);
});

test("each edge and each second has its own count", () => {
  const cap = new VolumeCap(1);
  const admitted = [seen(0), seen(0, "b.example"), seen(SECOND), seen(1)].map((one) => cap.admits(one));
  assert.deepEqual(admitted, [true, true, true, false]);
});

test("what is told late counts in its own second", () => {
  const cap = new VolumeCap(2);
  const times = [7.1, 1.2, 7.2, 1.3, 7.3, 1.4];
  const admitted = times.map((time) => cap.admits(seen(time * SECOND)));
  assert.deepEqual(admitted, [true, true, true, true, false, false]);
});

test("ever-new edges cost no more than two generations", () => {
  const cap = new VolumeCap(1, 100);
  for (let i = 0; i < 10_000; i++) cap.admits(seen(i, `host-${i}.example`));
  assert.ok(cap.size <= 200, `${cap.size}`);
});
