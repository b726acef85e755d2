import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { copyBytes, equalBytes, hashBytes } from "../../../src/bounded/byte-hash.ts";
import { ByteMemo } from "../../../src/decode/dns/byte-memo.ts";

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function numbered(i: number): DataView {
  const view = new DataView(new ArrayBuffer(12));
  view.setInt32(0, i);
  return view;
}

/** A memo asked by whole keys. */
function memoOf(maxEntries: number, maxBytes: number, hash = hashBytes) {
  const memo = new ByteMemo<number>(maxEntries, maxBytes);
  return {
    find: (key: DataView) => memo.find(hash(key, 0, key.byteLength), key, 0, key.byteLength),
    add: (key: DataView, value: number) => memo.add(hash(key, 0, key.byteLength), key, 0, key.byteLength, value),
  };
}

test("a memo gives back what was added under the same bytes, and nothing under others", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 40 }), { selector: String }), (keys) => {
      const memo = memoOf(256, 65_536);
      const [absent, ...present] = keys.map(viewOf);
      for (const [i, key] of present.entries()) memo.add(key, i);
      for (const [i, key] of present.entries()) assert.equal(memo.find(key), i);
      if (absent !== undefined) assert.equal(memo.find(absent), undefined);
    }),
  );
});

test("keys with the same hash are told apart by their bytes", () => {
  const memo = memoOf(64, 4096, () => 7);
  for (let i = 0; i < 6; i++) memo.add(numbered(i), i);
  for (let i = 0; i < 6; i++) assert.equal(memo.find(numbered(i)), i);
  assert.equal(memo.find(numbered(6)), undefined);
});

test("what is used stays while the rest is forgotten", () => {
  const memo = memoOf(100, 100_000);
  memo.add(numbered(-1), -1);
  memo.add(numbered(-2), -2);
  for (let i = 0; i < 1000; i++) {
    memo.add(numbered(i), i);
    assert.equal(memo.find(numbered(-1)), -1);
  }
  assert.equal(memo.find(numbered(-2)), undefined);
  assert.equal(memo.find(numbered(0)), undefined);
  assert.equal(memo.find(numbered(999)), 999);
});

test("the keys' bytes are bounded too, and a key that is too long is not remembered", () => {
  const memo = memoOf(1000, 120);
  for (let i = 0; i < 100; i++) memo.add(numbered(i), i);
  const remembered = Array.from({ length: 100 }, (_, i) => memo.find(numbered(i))).filter(
    (value) => value !== undefined,
  );
  assert.ok(remembered.length <= 20);
  memo.add(new DataView(new ArrayBuffer(121)), 1);
  assert.equal(memo.find(new DataView(new ArrayBuffer(121))), undefined);
});

test("a hash depends on every byte and on the length", () => {
  const base = new Uint8Array(23);
  const seen = new Set([hashBytes(viewOf(base), 0, 23), hashBytes(viewOf(base), 0, 22)]);
  for (let i = 0; i < 23; i++) {
    const changed = base.slice();
    changed[i] = 1;
    seen.add(hashBytes(viewOf(changed), 0, 23));
  }
  assert.equal(seen.size, 25);
});

test("bytes are copied and compared whatever their number, and nothing beside them is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(5), (bytes, before) => {
      const from = viewOf(Uint8Array.from([1, ...bytes, 2]));
      const to = new Uint8Array(before + bytes.length + 4).fill(9);
      copyBytes(from, 1, viewOf(to), before, bytes.length);
      assert.deepEqual([...to], [...Array(before).fill(9), ...bytes, 9, 9, 9, 9]);
      assert.ok(equalBytes(from, 1, viewOf(to), before, bytes.length));
      for (let i = 0; i < bytes.length; i++) {
        const changed = to.slice();
        changed[before + i] = (changed[before + i] ?? 0) ^ 1;
        assert.ok(!equalBytes(from, 1, viewOf(changed), before, bytes.length), `byte ${i}`);
      }
    }),
  );
});

test("a hash of two stretches depends on both, also where one is short", () => {
  const hashes = new Set<number>();
  for (let length = 0; length < 12; length++) {
    for (let cut = 0; cut <= length; cut++) {
      const view = viewOf(new Uint8Array(length).fill(7));
      hashes.add(hashBytes(view, cut, length, hashBytes(view, 0, cut)));
    }
  }
  assert.equal(hashes.size, 78);
});
