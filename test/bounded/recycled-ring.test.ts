import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecycledRing } from "../../src/bounded/recycled-ring.ts";

test("a ring agrees with an array, whatever is added and taken out", () => {
  const steps = fc.array(fc.record({ adds: fc.nat(100), takes: fc.nat(100) }), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (rounds) => {
      const ring = new RecycledRing(() => ({ value: 0 }));
      const model: number[] = [];
      let next = 0;
      for (const { adds, takes } of rounds) {
        for (let i = 0; i < adds; i++) {
          ring.add().value = next;
          model.push(next++);
        }
        for (let i = 0; i < takes; i++) {
          ring.shift();
          model.shift();
        }
        const held = Array.from({ length: ring.size }, (_, i) => ring.at(i)?.value);
        assert.deepEqual(held, model);
        assert.equal(ring.first?.value, model[0]);
        assert.equal(ring.at(ring.size), undefined);
      }
    }),
  );
});

test("entries are used again: as many are made as there are at one time", () => {
  let made = 0;
  const ring = new RecycledRing(() => ({ number: made++ }));
  for (let i = 0; i < 100_000; i++) {
    ring.add();
    if (ring.size > 50) ring.shift();
  }
  assert.ok(made <= 64, `${made} entries`);
});

test("what a flood has left is let go when the ring is empty", () => {
  let made = 0;
  const ring = new RecycledRing(() => ({ number: made++ }));
  for (let i = 0; i < 10_000; i++) ring.add();
  while (ring.size > 0) ring.shift();
  assert.equal(ring.add().number, 10_000);
});

test("what a flood has left is let go also where the ring is never empty", () => {
  let made = 0;
  const ring = new RecycledRing(() => ({ number: made++ }));
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 10_000; i++) ring.add();
    while (ring.size > 10) ring.shift();
  }
  assert.ok(made > 19_000, `${made} entries: the second flood found few of the first`);
});
