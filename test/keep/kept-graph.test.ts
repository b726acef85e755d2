import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { graphFile } from "../../src/graph/file/graph-file.ts";
import { withIncomplete } from "../../src/graph/observations.ts";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import { KEEP_BOUNDS, keepLatest } from "../../src/keep/kept-graph.ts";
import { ConfigError } from "../../src/model/errors.ts";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import { call } from "../answers/support/graphs.ts";

interface Run {
  readonly number: number;
  readonly calls: readonly (readonly [client: string, server: string])[];
}

/** The state of a run of an agent; later calls are later. */
function stateOf({ number, calls }: Run, cluster: string | null = null): ServiceGraph {
  const store = new EdgeStore({ singleUnresolved: true });
  const begin = number * 1e9;
  for (const [i, [client, server]] of calls.entries()) {
    store.add(call(client, server, { timeMicros: begin + i, reporter: "worker-1" }));
  }
  const instance = `worker-1-${number}`;
  const observed = [{ instance, node: "worker-1", fromMicros: begin, toMicros: begin + 1e6, lossRatio: 0 }];
  return store.graph({ cluster, observed });
}

function established(graph: ServiceGraph): number {
  return graph.edges.reduce((sum, { outcomes }) => sum + outcomes.established, 0);
}

const NAMES = ["a", "b", "c", "d"];
const calls = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES)), { minLength: 1, maxLength: 20 });

describe("the kept graph", () => {
  it("counts each run once, however often its states are read", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(calls, fc.array(fc.nat(20))), { minLength: 1, maxLength: 6 }), (runs) => {
        let kept: ServiceGraph | null = null;
        for (const [number, [all, reads]] of runs.entries()) {
          for (const end of [...reads.toSorted((a, b) => a - b), all.length]) {
            kept = keepLatest(kept, stateOf({ number, calls: all.slice(0, Math.max(1, end)) }), KEEP_BOUNDS).graph;
          }
        }
        assert.equal(
          kept === null ? 0 : established(kept),
          runs.reduce((sum, [all]) => sum + all.length, 0),
        );
      }),
    );
  });

  it("keeps the newest runs, and the present one, and says so from then on", () => {
    const bounds = { ...KEEP_BOUNDS, maxRuns: 2 };
    let kept: ServiceGraph | null = null;
    let dropped = 0;
    for (const number of [0, 3, 2, 1]) {
      const merged = keepLatest(kept, stateOf({ number, calls: [["a", `s${number}`]] }), bounds);
      kept = merged.graph;
      dropped += merged.droppedRuns;
    }
    assert.equal(dropped, 2);
    assert.deepEqual(
      kept?.observed.map(({ instance }) => instance),
      ["worker-1-1", "worker-1-3"],
    );
    assert.deepEqual(
      kept?.edges.map(({ server }) => server.split("/").at(-1)),
      ["s1", "s3"],
    );
    assert.match(
      kept?.incomplete.join() ?? "",
      /^wirespan keep dropped old edges or what old runs of the agent saw: it keeps 5000 edges, 2 runs/,
    );
  });

  it("divides edges fairly: a client with many loses its oldest", () => {
    const scan = Array.from({ length: 30 }, (_, i) => ["scanner", `s${String(i).padStart(2, "0")}`] as const);
    const state = stateOf({ number: 1, calls: [["cart", "redis"], ["web", "cart"], ...scan] });
    const { graph, droppedEdges, droppedNodes } = keepLatest(null, state, { ...KEEP_BOUNDS, maxEdges: 10 });
    assert.equal(droppedEdges, 22);
    assert.ok(droppedNodes > 0);
    assert.deepEqual(
      graph.edges.map(({ server }) => server.split("/").at(-1)),
      ["redis", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "cart"],
    );
  });

  it("is never longer than its bound: older runs go first, then edges", () => {
    const many = Array.from({ length: 100 }, (_, i) => [`c${i}`, `s${i}`] as const);
    const maxCharacters = graphFile(stateOf({ number: 1, calls: many })).length >> 1;
    let kept: ServiceGraph | null = null;
    for (let number = 1; number < 5; number++) {
      kept = keepLatest(kept, stateOf({ number, calls: many }), { ...KEEP_BOUNDS, maxCharacters }).graph;
      // The sentence that says so comes in addition.
      assert.ok(graphFile({ ...kept, incomplete: [] }).length <= maxCharacters);
    }
    assert.deepEqual(
      kept?.observed.map(({ instance }) => instance),
      ["worker-1-4"],
    );
    assert.equal(kept?.edges.length, 25);
  });

  it("lacks what the latest state of each run lacks, and says once that it dropped something", () => {
    const bounds = { ...KEEP_BOUNDS, maxRuns: 2 };
    let kept: ServiceGraph | null = null;
    for (let count = 1; count < 200; count++) {
      const number = Math.floor(count / 50);
      const state = stateOf({ number, calls: [["a", "b"]] });
      const observed = state.observed.map((each) => {
        return { ...each, toMicros: each.toMicros + count, incomplete: [`run ${number} lost ${count} packets`] };
      });
      kept = keepLatest(kept, { ...state, ...withIncomplete([], observed) }, bounds).graph;
    }
    const [lost2, lost3, full] = kept?.incomplete ?? [];
    assert.deepEqual([lost2, lost3], ["run 2 lost 149 packets", "run 3 lost 199 packets"]);
    assert.match(full ?? "", /^wirespan keep dropped old edges or what old runs/);
    assert.equal(kept?.incomplete.length, 3);
  });

  it("is of one cluster", () => {
    const [one, other] = ["one", "other"].map((cluster) => stateOf({ number: 1, calls: [["a", "b"]] }, cluster));
    assert.throws(() => keepLatest(one as ServiceGraph, other as ServiceGraph, KEEP_BOUNDS), ConfigError);
  });
});
