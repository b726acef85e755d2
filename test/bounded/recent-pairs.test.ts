import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentPairs } from "../../src/bounded/recent-pairs.ts";
import { cpuMicros } from "../support/cpu-time.ts";

test("a pair is found up to its maximum age, by both numbers", () => {
  const pairs = new RecentPairs(4, 1_000);
  pairs.add(1, -2, 50);
  assert.deepEqual([pairs.has(1, -2, 1_050), pairs.has(1, -2, 1_051)], [true, false]);
  assert.deepEqual([pairs.has(1, 2, 60), pairs.has(-2, 1, 60), pairs.has(2, -2, 60)], [false, false, false]);
});

test("a pair that is added again is found from then on", () => {
  const pairs = new RecentPairs(4, 1_000);
  pairs.add(1, 2, 0);
  pairs.add(1, 2, 900);
  assert.ok(pairs.has(1, 2, 1_800));
});

test("a full set overwrites its oldest pair, and counts pairs before their maximum age", () => {
  const pairs = new RecentPairs(2, 1_000);
  for (const first of [1, 2, 3]) pairs.add(first, 0, first);
  assert.deepEqual(
    [1, 2, 3].map((first) => pairs.has(first, 0, 10)),
    [false, true, true],
  );
  assert.deepEqual([pairs.size, pairs.evicted], [2, 1]);
  // The oldest has reached its maximum age.
  pairs.add(4, 0, 5_000);
  assert.equal(pairs.evicted, 1);
});

test("a set has the same pairs as a list of the newest ones", () => {
  const capacity = 4;
  const small = fc.integer({ min: -2, max: 2 });
  fc.assert(
    fc.property(fc.array(fc.tuple(small, small), { maxLength: 60 }), (added) => {
      const pairs = new RecentPairs(capacity, 20);
      for (const [now, [first, second]] of added.entries()) pairs.add(first, second, now);
      const now = added.length;
      for (let first = -2; first <= 2; first++) {
        for (let second = -2; second <= 2; second++) {
          const isThere = added.slice(-capacity).some(([a, b]) => a === first && b === second);
          assert.equal(pairs.has(first, second, now), isThere);
        }
      }
      assert.equal(pairs.size, Math.min(capacity, added.length));
    }),
  );
});

test("pairs that are chosen to have one hash without random factors are found as fast as others", () => {
  const count = 32_768;
  const pairs = new RecentPairs(count, 1_000);
  const first = (second: number) => Math.imul(second, 0x9e3779b1);
  for (let second = 0; second < count; second++) pairs.add(first(second), second, 0);
  const begin = cpuMicros();
  for (let second = count; second < 2 * count; second++) assert.equal(pairs.has(first(second), second, 0), false);
  const micros = (cpuMicros() - begin) / count;
  assert.ok(micros < 5, `${micros.toFixed(1)} µs a look`);
});

test("a capacity that is not a power of two is an error", () => {
  assert.throws(() => new RecentPairs(5, 1_000), /not a power of two/);
});
