import assert from "node:assert/strict";
import { test } from "node:test";
import { RecycledRing } from "../../src/bounded/recycled-ring.ts";

function countingRing(): { ring: RecycledRing<{ number: number }>; made: () => number } {
  let made = 0;
  return { ring: new RecycledRing(() => ({ number: made++ })), made: () => made };
}

test("entries are removed in the order of their addition", () => {
  const { ring } = countingRing();
  const added = Array.from({ length: 200 }, () => ring.add());
  for (const entry of added) {
    assert.equal(ring.first, entry);
    assert.equal(ring.at(0), entry);
    ring.shift();
  }
  ring.shift();
  assert.deepEqual([ring.size, ring.first], [0, undefined]);
});

test("entries are reused: only as many are made as are in the ring at one time", () => {
  const { ring, made } = countingRing();
  for (let i = 0; i < 100_000; i++) {
    ring.add();
    if (ring.size > 50) ring.shift();
  }
  assert.equal(made(), 51);
});

for (const rest of [0, 10]) {
  test(`most entries of a flood are not kept for reuse, when ${rest} entries are left`, () => {
    const { ring, made } = countingRing();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 10_000; i++) ring.add();
      while (ring.size > rest) ring.shift();
    }
    assert.ok(made() > 19_800, `${made()} entries made`);
  });
}
