import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ring } from "../../src/bounded/ring.ts";

test("a ring has the same items as an array after any pushes, shifts and clears", () => {
  const step = fc.record({ pushes: fc.nat(200), shifts: fc.nat(200), clears: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const ring = new Ring<number>();
      const model: number[] = [];
      let next = 0;
      for (const { pushes, shifts, clears } of steps) {
        for (let i = 0; i < pushes; i++) {
          ring.push(next);
          model.push(next++);
        }
        for (let i = 0; i < shifts; i++) assert.equal(ring.shift(), model.shift());
        if (clears && model.length > 300) {
          ring.clear();
          model.length = 0;
        }
        assert.deepEqual(
          Array.from({ length: ring.size }, (_, i) => ring.at(i)),
          model,
        );
        assert.deepEqual([ring.first, ring.at(ring.size)], [model[0], undefined]);
      }
    }),
  );
});
