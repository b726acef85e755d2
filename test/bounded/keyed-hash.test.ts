import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedHash } from "../../src/bounded/keyed-hash.ts";

test("a keyed hash depends on each word, on their order, on the seed and on its key", () => {
  const words = Int32Array.of(1, 2, 3, 4);
  const hash = new KeyedHash();
  const hashes = new Set([
    hash.words(words, 0, 4, 0),
    hash.words(words, 0, 4, 5),
    new KeyedHash().words(words, 0, 4, 0),
  ]);
  for (let i = 0; i < 4; i++) hashes.add(hash.words(words.with(i, 9), 0, 4, 0));
  hashes.add(hash.words(Int32Array.of(2, 1, 3, 4), 0, 4, 0));
  assert.equal(hashes.size, 8);
  assert.equal(hash.words(Int32Array.of(0, 1, 2, 3, 4), 1, 4, 0), hash.words(words, 0, 4, 0));
});

test("servers that differ in the sign bits of two words have different hashes", () => {
  for (let round = 0; round < 100; round++) {
    const hash = new KeyedHash();
    const words = Int32Array.of(1, 2, 3, 4);
    assert.notEqual(
      hash.words(words, 0, 4, 0),
      hash.words(words.with(0, 1 ^ (1 << 31)).with(1, 2 ^ (1 << 31)), 0, 4, 0),
    );
  }
});

test("a keyed hash of a text depends on each character, on the seed and on its key", () => {
  const hash = new KeyedHash();
  const hashes = [
    hash.text("abc", 0),
    hash.text("abd", 0),
    hash.text("bbc", 0),
    hash.text("ab", 0),
    hash.text("abc", 1),
  ];
  assert.equal(new Set([...hashes, new KeyedHash().text("abc", 0)]).size, 6);
});
