import assert from "node:assert/strict";
import { test } from "node:test";
import { chartRequests, millicores, sharesOf, weightOf } from "../../scripts/node-cost/cpu-shares.ts";

test("a request of CPU becomes shares and weights as with kubelet and runc", () => {
  assert.deepEqual(["50m", "0.5", "2", "1500m"].map(millicores), [50, 500, 2_000, 1_500]);
  for (const wrong of ["", "m", "many", "0", "-5m"])
    assert.throws(() => millicores(wrong), /is no request of CPU/, wrong);
  // What kubelet and runc wrote on real nodes.
  assert.deepEqual([1, 10, 50, 100, 1_000, 2_000].map(sharesOf), [2, 10, 51, 102, 1_024, 2_048]);
  assert.deepEqual([2, 51, 102, 1_024, 262_144].map(weightOf), [1, 2, 4, 39, 10_000]);
});

test("the requests of sensor and agent are those of the chart", () => {
  const { sensor, agent } = chartRequests();
  assert.ok(sensor > 0 && sensor < 1_000 && agent > 0 && agent < 1_000, `${sensor} ${agent}`);
});
