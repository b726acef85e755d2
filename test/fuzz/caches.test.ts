/**
 * What the main process keeps of one fact for the next changes nothing: random clusters and facts give the same with and
 * without it, to the last byte. For more histories: `WIRESPAN_FUZZ_RUNS=20000 node --test dist/test/fuzz/caches.test.js`, each
 * time with other ones; WIRESPAN_FUZZ_SEED repeats them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzParameters, seeds } from "./support/fuzz-parameters.ts";
import { observe, type RunOptions } from "./support/observed-run.ts";
import { randomHistory } from "./support/random-history.ts";
import { withNewVersions, withoutCaches } from "./support/without-caches.ts";

const WAYS: readonly (readonly [title: string, options: RunOptions])[] = [
  ["on one node", { nodes: ["a"], aggregates: false }],
  ["where the node is unknown, with aggregated pairs", { nodes: [null], aggregates: true }],
  ["on two nodes, one after the other", { nodes: ["a", "b"], aggregates: true }],
];

for (const [title, options] of WAYS) {
  test(`nothing depends on what is kept of one fact for the next ${title}`, () => {
    fc.assert(
      fc.property(fc.nat(), seeds, (first, rest) => {
        const each = randomHistory(first, rest);
        const kept = observe(each, options);
        const around: RunOptions["around"] = (feed, run) => withNewVersions(feed.index, run);
        const anew = withoutCaches(() => observe(each, { ...options, around }));
        assert.deepEqual(kept.changed, []);
        const at = kept.lines.findIndex((line, i) => line !== anew.lines[i]);
        assert.equal(kept.lines[at], anew.lines[at]);
        assert.deepEqual(kept, anew);
      }),
      fuzzParameters,
    );
  });
}
