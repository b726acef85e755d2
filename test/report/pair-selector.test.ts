import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Interaction, Workload } from "../../src/model/interaction.ts";
import { type PairRules, PairSelector } from "../../src/report/pair-selector.ts";
import { interaction, interactionArbitrary, SAMPLE_MICROS, workload } from "../export/support/sample-interactions.ts";

const ALL: PairRules = { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: false };
const SECOND = 1_000_000;

function selected(interactions: readonly Interaction[], rules: Partial<PairRules> = {}) {
  const seen: { interaction: Interaction; isBothInstrumented: boolean }[] = [];
  const pairs: { interaction: Interaction; count: number }[] = [];
  const selector = new PairSelector(
    { ...ALL, ...rules },
    {
      interaction: (one, isBothInstrumented) => seen.push({ interaction: one, isBothInstrumented }),
      pair: (one, count) => pairs.push({ interaction: one, count }),
    },
  );
  for (const one of interactions) selector.add(one);
  const early = pairs.length;
  selector.finish();
  return { seen, pairs, early, counts: selector.counts };
}

const instrumented = (name: string): Workload => ({ ...workload(name), ownSpans: "sent" });
const between = interaction({ client: instrumented("cart"), server: instrumented("orders") });
const lookup = interaction({ evidence: "lookup", outcome: "resolved", timeMicros: SAMPLE_MICROS + SECOND });

test("every interaction is passed on, with whether both ends send their own spans", () => {
  const { seen, pairs, counts } = selected([interaction(), between, lookup]);
  assert.deepEqual(
    seen.map(({ isBothInstrumented }) => isBothInstrumented),
    [false, true, false],
  );
  assert.deepEqual(
    pairs.map((pair) => pair.interaction),
    [interaction()],
  );
  assert.deepEqual(counts, { made: 1, bothInstrumented: 1, lookupsRedundant: 1, aggregated: 0, rateLimited: 0 });
});

test("--keep-instrumented makes pairs between instrumented workloads too", () => {
  const { seen, pairs, counts } = selected([between], { keepsInstrumented: true });
  assert.deepEqual(seen, [{ interaction: between, isBothInstrumented: false }]);
  assert.deepEqual([pairs.length, counts.bothInstrumented], [1, 0]);
});

test("aggregated interactions wait for their group, and become one pair at the end", () => {
  const { pairs, early, counts } = selected([interaction(), interaction(), interaction()], { aggregates: true });
  assert.equal(early, 0);
  assert.deepEqual(pairs, [{ interaction: interaction(), count: 3 }]);
  assert.deepEqual([counts.made, counts.aggregated], [1, 2]);
});

test("a rate limit counts every interaction that a dropped pair represents", () => {
  const twice = [interaction(), interaction(), interaction({ retries: 1 }), interaction({ retries: 1 })];
  const { pairs, counts } = selected(twice, { aggregates: true, maxPairsPerEdge: 1 });
  assert.deepEqual([pairs.length, counts.made, counts.aggregated, counts.rateLimited], [1, 1, 1, 2]);
});

test("whatever the rules, each interaction is counted once, and each pair by what it represents", () => {
  const rules = fc.record({
    keepsInstrumented: fc.boolean(),
    maxPairsPerEdge: fc.constantFrom(null, 1, 2),
    aggregates: fc.boolean(),
  });
  const few = fc.constantFrom(instrumented("a"), instrumented("b"), workload("c"));
  const any = fc.tuple(interactionArbitrary, few, few).map(([one, client, server]) => ({ ...one, client, server }));
  fc.assert(
    fc.property(fc.array(any, { maxLength: 40 }), rules, (interactions, given) => {
      const { seen, pairs, counts } = selected(interactions, given);
      assert.equal(seen.length, interactions.length);
      assert.equal(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        interactions.length,
      );
      assert.equal(pairs.length, counts.made);
      assert.equal(
        pairs.reduce((sum, { count }) => sum + count, 0),
        counts.made + counts.aggregated,
      );
    }),
  );
});
