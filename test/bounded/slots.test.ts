import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NO_SLOT, SlotIndex, SlotPool, SlotQueue } from "../../src/bounded/slots.ts";
import { cpuMicros } from "../support/cpu-time.ts";

test("a pool hands out each slot once, says when all are taken, and takes them back", () => {
  const pool = new SlotPool(3);
  const taken = [pool.take(), pool.take(), pool.take()];
  assert.deepEqual([...taken].sort(), [0, 1, 2]);
  assert.deepEqual([pool.take(), pool.used], [NO_SLOT, 3]);
  pool.release(1);
  assert.deepEqual([pool.used, pool.take(), pool.take()], [2, 1, NO_SLOT]);
});

function chain(index: SlotIndex, hash: number): number[] {
  const slots: number[] = [];
  for (let slot = index.first(hash); slot !== NO_SLOT; slot = index.next(slot)) slots.push(slot);
  return slots;
}

test("an index finds slots of one hash newest first", () => {
  const index = new SlotIndex(8);
  for (const slot of [4, 2, 7]) index.insert(slot, -5);
  assert.deepEqual(chain(index, -5), [7, 2, 4]);
  index.remove(2);
  assert.deepEqual(chain(index, -5), [7, 4]);
  index.remove(7);
  index.remove(4);
  assert.deepEqual(chain(index, -5), []);
});

test("an index agrees with a plain list, whatever is inserted and removed", () => {
  const capacity = 16;
  const step = fc.record({ slot: fc.nat(capacity - 1), hash: fc.oneof(fc.constant(0), fc.integer()) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const index = new SlotIndex(capacity);
      const hashes = new Map<number, number>();
      for (const { slot, hash } of steps) {
        if (hashes.delete(slot)) {
          index.remove(slot);
          continue;
        }
        index.insert(slot, hash);
        hashes.set(slot, hash);
      }
      for (const hash of [0, ...hashes.values()]) {
        const wanted = [...hashes].filter(([, other]) => other === hash).map(([slot]) => slot);
        assert.deepEqual(chain(index, hash), wanted.reverse());
      }
    }),
  );
});

/** Hashes that a fixed mixing (multiply by 0x45d9f3b, shift by 15) would put in one bucket: it can be run backwards. */
function chosenHash(i: number): number {
  const last = i << 16;
  const product = last ^ (last >>> 15) ^ (last >>> 30);
  const mixed = Math.imul(product, 0x119de1f3);
  return (mixed ^ (mixed >>> 16)) | 0;
}

const ROWS: readonly (readonly [string, (i: number) => number])[] = [
  ["counted up", (i) => i],
  ["that are multiples of 2^8", (i) => i << 8],
  ["that are multiples of 2^16", (i) => i << 16],
  ["chosen against a fixed mixing", chosenHash],
];

for (const [what, hashOf] of ROWS) {
  test(`hashes ${what} are found as fast as any`, () => {
    const capacity = 32_768;
    const index = new SlotIndex(capacity);
    for (let slot = 0; slot < capacity; slot++) index.insert(slot, hashOf(slot));
    const begin = cpuMicros();
    // A hash of the same kind that is not there, so that the whole bucket is looked through.
    for (let i = capacity; i < 65_536; i++) assert.equal(index.first(hashOf(i)), NO_SLOT);
    const micros = (cpuMicros() - begin) / (65_536 - capacity);
    assert.ok(micros < 5, `${micros.toFixed(1)} µs a look`);
  });
}

function order(queue: SlotQueue): number[] {
  const slots: number[] = [];
  for (let slot = queue.oldest; slot !== NO_SLOT; slot = queue.oldest) {
    slots.push(slot);
    queue.remove(slot);
  }
  return slots;
}

test("a queue agrees with a plain list, whatever is appended, removed and moved to its end", () => {
  const capacity = 8;
  const step = fc.record({ slot: fc.nat(capacity - 1), moves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const queue = new SlotQueue(capacity);
      let list: number[] = [];
      for (const { slot, moves } of steps) {
        const isThere = list.includes(slot);
        list = list.filter((other) => other !== slot);
        if (!isThere) queue.append(slot);
        else if (moves) queue.moveToEnd(slot);
        else queue.remove(slot);
        if (!isThere || moves) list.push(slot);
        assert.equal(queue.oldest, list[0] ?? NO_SLOT);
      }
      assert.deepEqual(order(queue), list);
    }),
  );
});
