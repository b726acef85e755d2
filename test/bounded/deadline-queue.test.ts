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

test("the entry that fills a gap goes up where it is due before what stands above", () => {
  // Places 0 to 6; the last entry (15) stands under 10, and the gap at place 3 is under 20.
  const queue = new DeadlineQueue<Queued>();
  const [first, , , gap] = [1, 20, 10, 30, 40, 11, 15].map((deadlineMicros) => {
    const entry = { deadlineMicros, place: NOT_QUEUED };
    queue.add(entry);
    return entry;
  });
  assert.ok(first && gap);
  queue.remove(gap);
  const order: number[] = [];
  for (let next = queue.first; next !== undefined; next = queue.first) {
    order.push(next.deadlineMicros);
    queue.remove(next);
  }
  assert.deepEqual(order, [1, 10, 11, 15, 20, 40]);
});

test("an entry that is taken out knows that it is in no queue, and may be added again", () => {
  const queue = new DeadlineQueue<Queued>();
  const [one, two] = [5, 7].map((deadlineMicros) => ({ deadlineMicros, place: NOT_QUEUED }));
  assert.ok(one && two);
  queue.add(one);
  queue.add(two);
  queue.remove(one);
  assert.equal(one.place, NOT_QUEUED);
  queue.add(one);
  assert.equal(queue.first, one);
  assert.equal(queue.size, 2);
});
