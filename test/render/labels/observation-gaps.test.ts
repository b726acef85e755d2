import assert from "node:assert/strict";
import { test } from "node:test";
import type { Observation } from "../../../src/model/service-graph.ts";
import { gapsText, observationGaps } from "../../../src/render/labels/observation-gaps.ts";

const START_MICROS = Date.UTC(2026, 10, 29, 13) * 1_000;

function observed(node: string | null, fromSeconds: number, toSeconds: number): Observation {
  const [fromMicros, toMicros] = [START_MICROS + fromSeconds * 1e6, START_MICROS + toSeconds * 1e6];
  return { instance: `${node}@${fromSeconds}`, node, fromMicros, toMicros, lossRatio: null };
}

test("the time between two runs of one node is a gap, whatever other nodes and longer runs saw", () => {
  const runs = [
    observed("a", 12.05, 30),
    observed("b", 0, 30),
    observed("a", 0, 8),
    // Begins within the first run, as a copy does.
    observed("a", 2, 5),
    // The sensor's packets waited for this one: no gap.
    observed("a", 30.02, 40),
  ];
  assert.deepEqual(observationGaps(runs), [
    { node: "a", fromMicros: START_MICROS + 8e6, toMicros: START_MICROS + 12.05e6 },
  ]);
  assert.equal(
    gapsText(runs),
    "node a was not observed for 4.1 s from 2026-11-29T13:00:08Z; connections of that time are missing",
  );
});

test("of many gaps the longest are named, and the others counted", () => {
  const runs = [0, 10, 30, 60, 100, 101].map((from) => observed("a", from, from + 0.5));
  assert.equal(
    gapsText(runs),
    "node a was not observed for 39.5 s from 2026-11-29T13:01:00Z, node a was not observed for 29.5 s from 2026-11-29T13:00:30Z, node a was not observed for 19.5 s from 2026-11-29T13:00:10Z, and 2 shorter gaps of nodes; connections of that time are missing",
  );
});

test("one run of each node, and recordings without a node, have no gap", () => {
  assert.equal(gapsText([observed("a", 0, 5), observed("b", 9, 12)]), null);
  assert.equal(gapsText([observed(null, 0, 5), observed(null, 9, 12)]), null);
});
