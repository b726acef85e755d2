import assert from "node:assert/strict";
import { test } from "node:test";
import { hashQuestion } from "../../../src/decode/dns/dns-questions.ts";

const PARTS = 10;
const PART_LENGTH = 7;

/** FNV-1a, which anyone can compute. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Two parts of a name after which the hash is the same. */
function collision(seed: number): readonly [string, string] {
  const known = new Map<number, string>();
  for (let i = 0; ; i++) {
    const part = `${i.toString(36).padStart(PART_LENGTH - 1, "0")}.`;
    const hash = fnv(part, seed);
    const other = known.get(hash);
    if (other !== undefined) return [other, part];
    known.set(hash, part);
  }
}

test("names that a sender chooses for equal hashes of a known function have different hashes", () => {
  const seed = (PARTS * PART_LENGTH) ^ (1 << 8);
  let names = [""];
  for (let i = 0; i < PARTS; i++) {
    const parts = collision(fnv(names[0] ?? "", seed));
    names = names.flatMap((name) => parts.map((part) => name + part));
  }
  assert.equal(new Set(names.map((name) => fnv(name, seed))).size, 1);
  // Two of 1,024 have one by chance in one of 8,000 runs.
  assert.ok(new Set(names.map((name) => hashQuestion(name, 1))).size >= names.length - 1);
});
