import assert from "node:assert/strict";
import { test } from "node:test";
import { pairedDifference, quantile, slope } from "../../scripts/node-cost/statistics.ts";
import { seededRandom } from "../lab/cluster/random.ts";

const RUNS = 1_000;

/** Normally distributed, by Box and Muller. */
function normals(count: number, random: { next(): number }): number[] {
  return Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()),
  );
}

test("a quantile is a value that was measured", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.deepEqual(
    [quantile(values, 0.5), quantile(values, 0.99), quantile(values, 0), quantile(values, 1)],
    [50, 99, 1, 100],
  );
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test("the interval of paired differences is the one of the signed-rank test", () => {
  // Of ten pairs, the ninth average from either end.
  assert.deepEqual(pairedDifference([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), { value: 5.5, low: 3, high: 8 });
});

test("the interval of paired differences holds the true one in 95 of 100 runs, and one wild pair does not move it away", () => {
  const random = seededRandom(1);
  let held = 0;
  let heldWithOutlier = 0;
  for (let run = 0; run < RUNS; run++) {
    const differences = normals(12, random).map((value) => 3 + value);
    const contains = (values: readonly number[]) => {
      const { low, high } = pairedDifference(values);
      return low <= 3 && 3 <= high;
    };
    if (contains(differences)) held++;
    if (contains([...differences.slice(1), 1_000])) heldWithOutlier++;
  }
  assert.ok(held >= RUNS * 0.935 && held <= RUNS * 0.985, `${held} of ${RUNS}`);
  assert.ok(heldWithOutlier >= RUNS * 0.9, `${heldWithOutlier} of ${RUNS}`);
});

test("a slope is found in noise, and none where there is none", () => {
  const random = seededRandom(2);
  const times = Array.from({ length: 60 }, (_, i) => i * 10);
  assert.deepEqual(
    slope(
      times,
      times.map((time) => 7 + 3 * time),
    ),
    { value: 3, low: 3, high: 3 },
  );
  let flat = 0;
  let found = 0;
  for (let run = 0; run < RUNS / 5; run++) {
    const noise = normals(times.length, random);
    const still = slope(times, noise);
    if (still.low <= 0 && still.high >= 0) flat++;
    const growing = slope(
      times,
      noise.map((value, i) => value + (times[i] ?? 0) / 100),
    );
    if (growing.low > 0 && growing.high < 0.02) found++;
  }
  assert.ok(flat >= (RUNS / 5) * 0.92, `${flat} runs without a slope`);
  assert.equal(found, RUNS / 5);
});
