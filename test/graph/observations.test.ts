import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filterGraph, type GraphFilter } from "../../src/graph/filter.ts";
import { mergeGraphs } from "../../src/graph/merge.ts";
import { partSentence } from "../../src/graph/observations.ts";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import { call, graphOf } from "../answers/support/graphs.ts";
import { EVERYTHING } from "./support/everything.ts";

const SHOP: GraphFilter = { ...EVERYTHING, namespaces: new Set(["shop"]) };
const FAILED: GraphFilter = { ...EVERYTHING, failed: true };

/** The state of one agent at a second, with what it lacks. */
function state(second: number, incomplete: readonly string[], instance = "node-a@1"): ServiceGraph {
  const graph = graphOf([call("frontend", "cart")]);
  const times = { fromMicros: 1e6, toMicros: second * 1e6, lossRatio: null };
  const observation = { instance, node: "node-a", ...times };
  const observed = [incomplete.length === 0 ? observation : { ...observation, incomplete }];
  const edges = graph.edges.map((edge) => ({ ...edge, parts: edge.parts.map((part) => ({ ...part, instance })) }));
  return { ...graph, observed, incomplete, edges };
}

describe("what a merged graph lacks", () => {
  it("is what the latest state of each agent lacks: figures that grow do not add up, and what is over is gone", () => {
    const dropped = (count: number) => `node node-a: the kernel dropped ${count} packets`;
    const states = Array.from({ length: 300 }, (_, i) => state(i + 2, [dropped(i)]));
    assert.deepEqual(mergeGraphs(states).incomplete, [dropped(299)]);
    assert.deepEqual(mergeGraphs([...states.toReversed(), state(1_000, [])]).incomplete, []);
    const other = state(5, ["node node-a: pods were never listed"], "node-a@4");
    assert.deepEqual(
      mergeGraphs([other, ...states]).incomplete,
      ["node node-a: pods were never listed", dropped(299)].sort(),
    );
  });

  it("keeps what no observation says, such as a silent agent", () => {
    const silent = { ...state(2, []), incomplete: ["no graph from agent b"] };
    assert.deepEqual(mergeGraphs([silent, state(3, []), state(4, [])]).incomplete, ["no graph from agent b"]);
  });
});

describe("a graph that was selected from a larger one", () => {
  const whole = state(10, []);

  it("says so, with the options", () => {
    assert.equal(partSentence(whole), null);
    assert.equal(partSentence(filterGraph(whole, EVERYTHING)), null);
    assert.match(partSentence(filterGraph(whole, SHOP)) ?? "", /^the graph is partial, saved with -n shop: /);
    const both = { ...SHOP, failed: true, sinceMicros: 1_795_000_000_000_000 };
    assert.match(
      partSentence(filterGraph(whole, both)) ?? "",
      /saved with -n shop --failed --since 2026-11-18T11:06:40.000Z: /,
    );
  });

  it("is a part after a merge with other parts and older states, and whole after one with the whole", () => {
    const shop = filterGraph(whole, SHOP);
    assert.match(partSentence(mergeGraphs([shop, filterGraph(whole, FAILED)])) ?? "", /saved with --failed; -n shop: /);
    assert.notEqual(partSentence(mergeGraphs([state(9, []), shop])), null);
    assert.equal(partSentence(mergeGraphs([shop, whole])), null);
    assert.equal(partSentence(mergeGraphs([shop, state(11, [])])), null);
    assert.notEqual(partSentence(mergeGraphs([state(11, [], "node-b@1"), shop])), null);
  });
});
