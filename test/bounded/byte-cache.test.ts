import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteCache } from "../../src/bounded/byte-cache.ts";
import { hashBytes } from "../../src/bounded/hash.ts";

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function numbered(i: number): DataView {
  const view = new DataView(new ArrayBuffer(12));
  view.setInt32(0, i);
  return view;
}

/** A cache whose keys are whole views. */
function cacheOf(maxEntries: number, maxBytes: number, hash = hashBytes) {
  const cache = new ByteCache<number>(maxEntries, maxBytes);
  return {
    get: (key: DataView) => cache.get(hash(key, 0, key.byteLength), key, 0, key.byteLength),
    add: (key: DataView, value: number) => cache.add(hash(key, 0, key.byteLength), key, 0, key.byteLength, value),
  };
}

test("a value is found by the bytes of its key, and by no others", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 40 }), { selector: String }), (keys) => {
      const cache = cacheOf(256, 65_536);
      const [absent, ...present] = keys.map(viewOf);
      for (const [i, key] of present.entries()) cache.add(key, i);
      for (const [i, key] of present.entries()) assert.equal(cache.get(key), i);
      if (absent !== undefined) assert.equal(cache.get(absent), undefined);
    }),
  );
});

test("keys with equal hashes are distinguished by their bytes", () => {
  const cache = cacheOf(64, 4096, () => 7);
  for (let i = 0; i < 6; i++) cache.add(numbered(i), i);
  for (let i = 0; i < 6; i++) assert.equal(cache.get(numbered(i)), i);
  assert.equal(cache.get(numbered(6)), undefined);
});

test("an entry in use stays, others are evicted", () => {
  const cache = cacheOf(100, 100_000);
  cache.add(numbered(-1), -1);
  cache.add(numbered(-2), -2);
  for (let i = 0; i < 1000; i++) {
    cache.add(numbered(i), i);
    assert.equal(cache.get(numbered(-1)), -1);
  }
  assert.equal(cache.get(numbered(-2)), undefined);
  assert.equal(cache.get(numbered(0)), undefined);
  assert.equal(cache.get(numbered(999)), 999);
});

test("the bytes of all keys are bounded, and a longer key is not stored", () => {
  const cache = cacheOf(1000, 120);
  for (let i = 0; i < 100; i++) cache.add(numbered(i), i);
  const found = Array.from({ length: 100 }, (_, i) => cache.get(numbered(i))).filter((value) => value !== undefined);
  assert.ok(found.length <= 20);
  cache.add(new DataView(new ArrayBuffer(121)), 1);
  assert.equal(cache.get(new DataView(new ArrayBuffer(121))), undefined);
});

test("evicted entries are counted", () => {
  const cache = new ByteCache<number>(10, 1_000);
  for (let i = 0; i < 35; i++) cache.add(i, numbered(i), 0, 12, i);
  assert.equal(cache.evicted, 20);
});
