import assert from "node:assert/strict";
import { test } from "node:test";
import { hashBytes, hashWords } from "../../src/bounded/hash.ts";

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

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

test("a hash of two ranges depends on both, also where one is short", () => {
  const hashes = new Set<number>();
  for (let length = 0; length < 12; length++) {
    for (let cut = 0; cut <= length; cut++) {
      const view = viewOf(new Uint8Array(length).fill(7));
      hashes.add(hashBytes(view, cut, length, hashBytes(view, 0, cut)));
    }
  }
  assert.equal(hashes.size, 78);
});

test("a hash of words depends on each word and on the seed", () => {
  const words = new Int32Array(8);
  const hashes = new Set([hashWords(words, 0, 8, 1), hashWords(words, 0, 8, 2)]);
  for (let i = 1; i < 7; i++) {
    words.fill(0)[i] = 1;
    hashes.add(hashWords(words, 1, 6, 1));
  }
  assert.equal(hashes.size, 8);
});
