import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DeadlineQueue, NOT_QUEUED, type Queued } from "../../src/bounded/deadline-queue.ts";

test("a queue has the same first entry as a sorted list after any additions and removals", () => {
  const step = fc.record({ deadline: fc.nat(20), removes: fc.boolean(), which: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new DeadlineQueue<Queued>();
      let list: Queued[] = [];
      const all: Queued[] = [];
      for (const { deadline, removes, which } of steps) {
        const old = all[which];
        if (removes && old !== undefined) {
          // It may have been removed before.
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

test("the entry that fills a gap moves up if its deadline is before that of its parent", () => {
  // The entries are added in heap order. The last one fills the gap of the 31, two levels below the 20.
  const deadlines = [1, 20, 2, 30, 40, 50, 3, 31, 32, 41, 42, 51, 52, 53, 19];
  const queue = new DeadlineQueue<Queued>();
  const entries = deadlines.map((deadlineMicros) => ({ deadlineMicros, place: NOT_QUEUED }));
  for (const entry of entries) queue.add(entry);
  assert.deepEqual(
    entries.map(({ place }) => place),
    deadlines.map((_, i) => i),
  );
  const gap = entries[7];
  assert.ok(gap);
  queue.remove(gap);
  const order: number[] = [];
  for (let next = queue.first; next !== undefined; next = queue.first) {
    order.push(next.deadlineMicros);
    queue.remove(next);
  }
  const expected = deadlines.filter((deadline) => deadline !== 31).sort((a, b) => a - b);
  assert.deepEqual(order, expected);
});

test("a removed entry is marked as not queued, and can be added again", () => {
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
