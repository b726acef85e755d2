import assert from "node:assert/strict";
import { test } from "node:test";
import { SpareFacts } from "../../src/facts/spare-facts.ts";
import { UnprovenLookups } from "../../src/lookups/unproven-lookups.ts";

const SECONDS = 1e6;
const CACHE = "169.254.20.10";

const unproven = (at: number, name = "api.example.com") => ({
  ...new SpareFacts().takeLookup(),
  name,
  enclosingServer: CACHE,
  isUnproven: true,
  queryMicros: at * SECONDS,
  answerMicros: at * SECONDS,
});
const other = (at: number) => ({ ...unproven(at), enclosingServer: null, isUnproven: false });

test("L3 a question is forgotten with the next lookup after 5 s, and after the clock was set back", () => {
  for (const [later, size] of [
    [104, 1],
    [106, 0],
    [90, 0],
  ] as const) {
    const lookups = new UnprovenLookups();
    lookups.arrived(unproven(100));
    lookups.arrived(other(later));
    assert.equal(lookups.size, size);
  }
});

test("L3 questions are bounded, and those of before are forgotten first", () => {
  const lookups = new UnprovenLookups();
  for (let i = 0; i < 5_000; i++) lookups.arrived(unproven(100, `n${i}.example.com`));
  assert.equal(lookups.size, 1_024);
  lookups.arrived({ ...other(101), name: "n4999.example.com", isAsked: true, responder: { address: CACHE, port: 53 } });
  assert.equal(lookups.isAnswered(unproven(100, "n4999.example.com")), true);
  assert.equal(lookups.isAnswered(unproven(100, "n0.example.com")), false);
});
