import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LookupRing, NO_ROW, OWN_AT, OWN_DOUBLE, OWN_TEXT } from "../../src/lookups/lookup-ring.ts";
import { LookupSummary } from "../../src/lookups/lookup-summary.ts";
import type { Lookup } from "../../src/model/lookup.ts";
import { failedLookup } from "./support/lookups.ts";

/** Words that as the halves of a double would be no number. */
const WORDS = [-1, 0x7ff8_0001, 0x7ff0_0000, -2];

function numbered(i: number): Lookup {
  const client = { address: `10.0.0.${i % 256}`, port: i % 65_536 };
  const responder = i % 3 === 0 ? null : { address: `10.1.0.${i % 256}`, port: 53 };
  const resolver = i % 2 === 0 ? null : { address: "10.96.0.10", port: 53 };
  const answerMicros = i % 5 === 0 ? null : i + 1;
  const addresses = i % 4 === 0 ? [] : [`10.2.0.${i % 256}`, "::1"];
  return failedLookup(`n${i}`, {
    queryMicros: i,
    answerMicros,
    client,
    responder,
    resolver,
    addresses,
    chain: [`c${i}`],
  });
}

test("whatever is added and removed, a row keeps its number, its lookup and what its owner has in it", () => {
  const step = fc.record({ add: fc.nat(200), shift: fc.nat(200) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20, size: "max" }), (steps) => {
      const ring = new LookupRing(1);
      const rows: { row: number; i: number }[] = [];
      let next = 0;
      for (const { add, shift } of steps) {
        for (let k = 0; k < add; k++) {
          const i = next++;
          const row = ring.add(numbered(i));
          ring.doubles[(ring.at(row) >> 1) + OWN_DOUBLE] = i / 2;
          for (let w = 0; w < 9; w++) ring.words[ring.at(row) + OWN_AT + w] = (WORDS[(i + w) % 4] ?? 0) - w;
          ring.texts[ring.textAt(row) + OWN_TEXT] = `own ${i}`;
          rows.push({ row, i });
        }
        for (let k = 0; k < shift && rows.length > 0; k++) {
          rows.shift();
          ring.shift();
        }
        assert.equal(ring.size, rows.length);
        assert.equal(ring.row(rows.length), NO_ROW);
        for (const [distance, { row, i }] of rows.entries()) {
          const expected = new LookupSummary();
          expected.set(numbered(i));
          assert.equal(ring.row(distance), row);
          assert.deepEqual(ring.summary(row), expected);
          assert.deepEqual(
            [ring.queryMicros(row), ring.decidedMicros(row)],
            [expected.queryMicros, expected.decidedMicros],
          );
          assert.equal(ring.doubles[(ring.at(row) >> 1) + OWN_DOUBLE], i / 2);
          for (let w = 0; w < 9; w++)
            assert.equal(ring.words[ring.at(row) + OWN_AT + w], (WORDS[(i + w) % 4] ?? 0) - w);
          assert.equal(ring.texts[ring.textAt(row) + OWN_TEXT], `own ${i}`);
        }
      }
    }),
    { numRuns: 20 },
  );
});

test("a flood leaves no memory behind", () => {
  const ring = new LookupRing();
  const lookup = failedLookup("n");
  const before = ring.words.length;
  for (let i = 0; i < 10_000; i++) ring.add(lookup);
  assert.ok(ring.words.length > before);
  while (ring.size > 0) ring.shift();
  assert.deepEqual([ring.words.length, ring.doubles.length, ring.texts.length], [before, before / 2, before / 4]);
});
