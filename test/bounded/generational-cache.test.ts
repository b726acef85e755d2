import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GenerationalCache } from "../../src/bounded/generational-cache.ts";

test("an entry in use stays; one without use is evicted after at most two generations", () => {
  const cache = new GenerationalCache<string, number>(10);
  cache.set("used", 1);
  cache.set("unused", 2);
  for (let i = 0; i < 100; i++) {
    cache.set(`new ${i}`, i);
    assert.equal(cache.get("used"), 1);
  }
  assert.equal(cache.get("unused"), undefined);
});

test("each evicted entry is reported once, and counted", () => {
  const evicted: string[] = [];
  const cache = new GenerationalCache<number, string>(3, {
    onEvict: (value, key) => evicted.push(`${key} ${value}`),
  });
  for (let i = 0; i < 10; i++) cache.set(i, "x");
  assert.deepEqual(evicted, ["0 x", "1 x", "2 x", "3 x", "4 x", "5 x"]);
  assert.equal(cache.evicted, 6);
});

test("a deleted entry is in neither generation and is not evicted", () => {
  const evicted: number[] = [];
  const cache = new GenerationalCache<number, number>(2, { onEvict: (_, key) => evicted.push(key) });
  for (const key of [1, 2, 3]) cache.set(key, key);
  cache.delete(1);
  cache.delete(3);
  assert.deepEqual([cache.get(1), cache.get(2), cache.get(3), cache.size], [undefined, 2, undefined, 1]);
  for (const key of [4, 5, 6, 7, 8]) cache.set(key, key);
  assert.ok(!evicted.includes(1) && !evicted.includes(3));
});

test("a cache never returns a wrong value and never holds more than two generations", () => {
  const capacity = 4;
  const step = fc.record({ key: fc.nat(12), value: fc.nat(), action: fc.constantFrom("set", "get", "delete") });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const cache = new GenerationalCache<number, number>(capacity);
      const all = new Map<number, number>();
      for (const { key, value, action } of steps) {
        if (action === "set") {
          cache.set(key, value);
          all.set(key, value);
        } else if (action === "delete") {
          cache.delete(key);
          all.delete(key);
        }
        const found = cache.get(key);
        if (found !== undefined || action === "set") assert.equal(found, all.get(key));
        assert.ok(cache.size <= 2 * capacity);
        assert.equal([...cache.values()].length, cache.size);
      }
    }),
  );
});

test("entries without use for one to two maximum ages are evicted, which is not counted", () => {
  const cache = new GenerationalCache<string, number>(10, { maxAgeMicros: 100 });
  cache.advance(1_000);
  cache.set("unused", 1);
  cache.set("used", 2);
  cache.advance(1_099);
  cache.advance(1_100);
  assert.deepEqual([cache.get("used"), cache.size], [2, 2]);
  cache.advance(1_200);
  assert.deepEqual([cache.get("unused"), cache.get("used"), cache.evicted], [undefined, 2, 0]);
});

test("a generation ends also when the clock is set back", () => {
  const cache = new GenerationalCache<string, number>(10, { maxAgeMicros: 100 });
  cache.advance(1_000);
  cache.set("unused", 1);
  for (const micros of [850, 700]) cache.advance(micros);
  assert.equal(cache.get("unused"), undefined);
});

test("a generation that ended because it was full lets the next one reach the maximum age", () => {
  const cache = new GenerationalCache<string, number>(1, { maxAgeMicros: 100 });
  cache.advance(1_000);
  cache.set("a", 1);
  cache.advance(1_090);
  cache.set("b", 2);
  cache.advance(1_110);
  assert.equal(cache.size, 2);
});

test("clear removes all entries without evicting any", () => {
  const evicted: number[] = [];
  const cache = new GenerationalCache<number, number>(2, { onEvict: (value) => evicted.push(value) });
  for (const key of [1, 2, 3]) cache.set(key, key);
  cache.clear();
  assert.deepEqual([cache.size, cache.get(1), cache.get(3), evicted], [0, undefined, undefined, []]);
});
