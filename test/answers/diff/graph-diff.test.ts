import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { diffMermaid } from "../../../src/answers/diff/diff-mermaid.ts";
import { diffJson, diffText } from "../../../src/answers/diff/diff-text.ts";
import { diffGraphs, type FailOn, hasDifference } from "../../../src/answers/diff/graph-diff.ts";
import type { Interaction } from "../../../src/model/interaction.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { call, graphOf, workload } from "../support/graphs.ts";

const REFUSED = { outcome: "refused", errorType: "connection_refused" } as const;
const API = { type: "external", name: "api.example.com" } as const;

function changesOf(older: readonly Interaction[], newer: readonly Interaction[]): readonly string[] {
  return diffGraphs(graphOf(older), graphOf(newer)).changes.map(
    ({ change, client, server, isNewlyFailing, isNewEgress }) =>
      `${change} ${client.name} ${server.name}${isNewlyFailing ? " fails" : ""}${isNewEgress ? " egress" : ""}`,
  );
}

describe("diff of graphs", () => {
  it("finds edges that began, ended, and began to fail", () => {
    const kept = call("frontend", "cart");
    assert.deepEqual(
      changesOf(
        [kept, call("cart", "redis"), call("cart", "old")],
        [kept, call("cart", "redis"), call("cart", "redis", REFUSED), call("cart", API), call("cart", "new", REFUSED)],
      ),
      ["added cart api.example.com egress", "added cart new fails", "gone cart old", "failing cart redis fails"],
    );
  });

  it("sees no difference in counts, times, ports and outcomes of an edge that failed before", () => {
    const failing = call("cart", "redis", REFUSED);
    const later = call("cart", "redis", { timeMicros: 2e15, outcome: "timed_out", errorType: "timed_out" });
    assert.deepEqual(changesOf([failing], [failing, later, later, call("cart", "redis")]), []);
  });

  it("finds no end of failures: an edge that works again is no difference", () => {
    assert.deepEqual(changesOf([call("cart", "redis", REFUSED)], [call("cart", "redis")]), []);
  });

  const cases: readonly {
    readonly title: string;
    readonly newer: readonly Interaction[];
    readonly kinds: readonly FailOn[];
  }[] = [
    { title: "a new edge", newer: [call("a", "b"), call("a", "c")], kinds: ["new-edge"] },
    {
      title: "a new edge out of the cluster",
      newer: [call("a", "b"), call("a", API)],
      kinds: ["new-edge", "new-egress"],
    },
    { title: "a new failure", newer: [call("a", "b"), call("a", "b", REFUSED)], kinds: ["new-failure"] },
    { title: "an edge that is gone", newer: [], kinds: [] },
  ];
  for (const { title, newer, kinds } of cases) {
    it(`--fail-on selects ${title}`, () => {
      const diff = diffGraphs(graphOf([call("a", "b")]), graphOf(newer));
      const all: readonly FailOn[] = ["new-edge", "new-egress", "new-failure"];
      assert.deepEqual(
        all.filter((kind) => hasDifference(diff, [kind])),
        kinds,
      );
      assert.equal(hasDifference(diff, []), true);
    });
  }

  it("of any two graphs: the edges of one without the other, each once", () => {
    const calls = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 20 });
    fc.assert(
      fc.property(calls, calls, (older, newer) => {
        const graph = (pairs: readonly (readonly [number, number])[]): readonly Interaction[] =>
          pairs.map(([a, b]) => call(`w${a}`, `w${b}`));
        const names = (pairs: readonly (readonly [number, number])[]): ReadonlySet<string> =>
          new Set(pairs.map(([a, b]) => `w${a} w${b}`));
        const [before, after] = [names(older), names(newer)];
        const expected = [
          ...[...after].filter((name) => !before.has(name)).map((name) => `added ${name}`),
          ...[...before].filter((name) => !after.has(name)).map((name) => `gone ${name}`),
        ].sort();
        assert.deepEqual([...changesOf(graph(older), graph(newer))].sort(), expected);
      }),
    );
  });

  it("Mermaid: more changes than it draws are folded by namespace, each counted once, failing ones first", () => {
    const many = Array.from({ length: 600 }, (_, i) => call(workload(`a${i}`, `n${i % 3}`), workload(`b${i}`, "db")));
    const failing = Array.from({ length: 5 }, (_, i) => call(workload(`f${i}`, "n0"), workload("gone", "db"), REFUSED));
    const old = Array.from({ length: 7 }, (_, i) => call(workload(`o${i}`, "n1"), workload("db", "db")));
    const text = diffMermaid(diffGraphs(graphOf(old), graphOf([...many, ...failing])));
    const labels = [...text.matchAll(/\|"(.*?)"\|/g)].map(([, label]) => label);
    assert.deepEqual(labels, [
      "added: 5 edges (5 failed)",
      "added: 200 edges",
      "added: 200 edges",
      "added: 200 edges",
      "gone: 7 edges",
    ]);
    assert.match(text, /^%% Folded by namespace: Mermaid does not draw 612 edges\.$/m);
    assert.match(text, /-\.->\|"gone: 7 edges"\|/);
  });

  it("names the nodes that only one of the graphs observes", () => {
    const of = (...nodes: readonly string[]): ServiceGraph => ({
      ...graphOf([call("cart", "redis")]),
      observed: nodes.map((node) => ({ instance: node, node, fromMicros: 1e15, toMicros: 2e15, lossRatio: null })),
    });
    const sentences = (older: ServiceGraph, newer: ServiceGraph): readonly string[] =>
      diffText(diffGraphs(older, newer))
        .split("\n")
        .filter((line) => line.startsWith("only"));
    assert.deepEqual(sentences(of("a", "b"), of("b", "c")), [
      "only the newer graph observes c: what no other node saw is added",
      "only the older graph observes a: what no other node saw is gone",
    ]);
    assert.deepEqual(sentences(of("a"), of("a", "b", "c", "d", "e", "f", "g")), [
      "only the newer graph observes b, c, d, e, f, and 1 more: what no other node saw is added",
    ]);
    assert.deepEqual(sentences(of("a"), of("a")), []);
    assert.deepEqual(sentences(of(), of("a")), []);
  });

  it("writes text, JSON and Mermaid", () => {
    const diff = diffGraphs(
      graphOf([call("cart", "redis"), call("cart", "old")]),
      graphOf([call("cart", "redis"), call("cart", "redis", REFUSED), call("cart", API)]),
    );
    const text = diffText(diff);
    assert.match(
      text,
      /^added {4}shop\/cart → api\.example\.com \(external\) +1 connection, port 80 → 8080, first seen 2026-/m,
    );
    assert.match(text, /^gone {5}shop\/cart → shop\/old +1 connection, port 80 → 8080, last seen 2026-/m);
    assert.match(text, /^failing {2}shop\/cart → shop\/redis +1 of 2 failed: 1 refused, 2 connections/m);
    assert.match(text, /^1 edge added, 1 gone, 1 newly failing$/m);
    const parsed = JSON.parse(diffJson(diff));
    assert.deepEqual([parsed.wirespan, parsed.version, parsed.changes.length], ["diff", 1, 3]);
    assert.match(diffMermaid(diff), /n1 -->\|"added: 1"\| n0/);
    assert.match(diffMermaid(diff), /-\.->\|"gone: 1"\|/);
    assert.match(diffText(diffGraphs(graphOf([]), graphOf([]))), /^no difference$/m);
  });
});
