import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DeadlineQueue, NOT_QUEUED, type Queued } from "../../src/bounded/deadline-queue.ts";

test("a queue agrees with a sorted list, whatever is added and taken out", () => {
  const step = fc.record({ deadline: fc.nat(20), removes: fc.boolean(), which: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new DeadlineQueue<Queued>();
      let list: Queued[] = [];
      const all: Queued[] = [];
      for (const { deadline, removes, which } of steps) {
        const old = all[which];
        if (removes && old !== undefined) {
          // Also one that is out already.
          queue.remove(old);
          list = list.filter((entry) => entry !== old);
        } else {
          const entry = { deadlineMicros: deadline, place: NOT_QUEUED };
          queue.add(entry);
          list.push(entry);
          all.push(entry);
        }
        assert.equal(queue.size, list.length);
        const earliest = Math.min(...list.map(({ deadlineMicros }) => deadlineMicros));
        assert.equal(queue.first?.deadlineMicros ?? Number.POSITIVE_INFINITY, earliest);
      }
      const order: number[] = [];
      for (let first = queue.first; first !== undefined; first = queue.first) {
        order.push(first.deadlineMicros);
        queue.remove(first);
      }
      assert.deepEqual(
        order,
        list.map(({ deadlineMicros }) => deadlineMicros).sort((a, b) => a - b),
      );
    }),
  );
});
