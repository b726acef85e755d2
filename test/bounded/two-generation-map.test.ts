import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TwoGenerationMap } from "../../src/bounded/two-generation-map.ts";

test("an entry that is used stays; one that is not is forgotten after at most two generations", () => {
  const map = new TwoGenerationMap<string, number>(10);
  map.set("used", 1);
  map.set("unused", 2);
  for (let i = 0; i < 100; i++) {
    map.set(`new ${i}`, i);
    assert.equal(map.get("used"), 1);
  }
  assert.equal(map.get("unused"), undefined);
});

test("each forgotten entry is handed over once, and counted", () => {
  const forgotten: string[] = [];
  const map = new TwoGenerationMap<number, string>(3, (value, key) => forgotten.push(`${key} ${value}`));
  for (let i = 0; i < 10; i++) map.set(i, "x");
  assert.deepEqual(forgotten, ["0 x", "1 x", "2 x", "3 x", "4 x", "5 x"]);
  assert.equal(map.evicted, 6);
});

test("a deleted entry is gone from both generations and is not handed over", () => {
  const forgotten: number[] = [];
  const map = new TwoGenerationMap<number, number>(2, (_, key) => forgotten.push(key));
  for (const key of [1, 2, 3]) map.set(key, key);
  map.delete(1);
  map.delete(3);
  assert.deepEqual([map.get(1), map.get(2), map.get(3), map.size], [undefined, 2, undefined, 1]);
  for (const key of [4, 5, 6, 7, 8]) map.set(key, key);
  assert.ok(!forgotten.includes(1) && !forgotten.includes(3));
});

test("a map never gives a wrong value and never holds more than two generations", () => {
  const capacity = 4;
  const step = fc.record({ key: fc.nat(12), value: fc.nat(), action: fc.constantFrom("set", "get", "delete") });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new TwoGenerationMap<number, number>(capacity);
      const all = new Map<number, number>();
      for (const { key, value, action } of steps) {
        if (action === "set") {
          map.set(key, value);
          all.set(key, value);
        } else if (action === "delete") {
          map.delete(key);
          all.delete(key);
        }
        const found = map.get(key);
        if (found !== undefined || action === "set") assert.equal(found, all.get(key));
        assert.ok(map.size <= 2 * capacity);
        assert.equal([...map.values()].length, map.size);
      }
    }),
  );
});
