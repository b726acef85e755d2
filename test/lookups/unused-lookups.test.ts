import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CaptureGaps } from "../../src/lookups/capture-gaps.ts";
import { UnusedLookups } from "../../src/lookups/unused-lookups.ts";
import type { Lookup } from "../../src/model/lookup.ts";
import type { NodePipeline } from "../../src/pipeline.ts";
import { micros, pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lines, lookup, type WatchedCluster } from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const here: WatchedCluster = { objects: [...threeNodes(), pod("shop/web", { ip: WEB })], node: "a" };

interface Query {
  readonly type: "A" | "AAAA";
  readonly resolver: string;
}

/** Queries that musl sends at once for one name with two nameservers. */
const QUERIES: readonly Query[] = (["A", "AAAA"] as const).flatMap((type) =>
  ["10.96.0.10", "10.96.0.11"].map((resolver) => ({ type, resolver })),
);

/** The answers in that order, 100 µs apart. */
function answered(order: readonly Query[], at = 1): Fact[] {
  return order.map(({ type, resolver }, i) => {
    const to = [type === "A" ? "203.0.113.9" : "2001:db8::9"];
    return lookup({ at: at + i / 10_000, from: WEB, name: "api.example.com", type, resolver, to });
  });
}

/** A lookup as the resolver receives it. */
function received(at: number): Lookup {
  const found: Lookup[] = [];
  const pipeline = { lookup: (each: Lookup) => found.push(each) } as unknown as NodePipeline;
  lookup({ at, from: WEB, name: "api.example.com", to: ["203.0.113.9"] }).feed(pipeline);
  return found[0] as Lookup;
}

test("D2: a lookup that is certain only after later ones, or after its connection, was used all the same", () => {
  const times = [1, 2, 3, 4, 5];
  const steps = times.flatMap((at) => [
    { at, isLookup: true },
    { at, isLookup: false },
  ]);
  const orders = fc.shuffledSubarray(steps, { minLength: steps.length });
  fc.assert(
    fc.property(orders, (order) => {
      const unused: number[] = [];
      const lookups = new UnusedLookups(new CaptureGaps(), (each) => unused.push(each.lookup.decidedMicros));
      const query = {
        name: "api.example.com",
        resolved: null,
        resolvedCount: 0,
        connectedMicros: Number.NEGATIVE_INFINITY,
        begunBeforeMicros: Number.NEGATIVE_INFINITY,
      };
      for (const { at, isLookup } of order) {
        if (isLookup) lookups.add(query, received(at));
        else lookups.connected(query, micros(at + 0.003));
      }
      lookups.advance(micros(100));
      assert.deepEqual(unused, []);
      assert.equal(query.resolved, null);
    }),
  );
});

test("D2: A and AAAA sent to two nameservers at once are one lookup, whatever the order of the answers", () => {
  for (const order of permutations(QUERIES)) {
    assert.deepEqual(lines(here, answered(order)), ["shop/web -> external:api.example.com resolved api.example.com"]);
  }
});

test("D2: queries to two nameservers at once leave no lookup when a connection follows", () => {
  for (const order of permutations(QUERIES)) {
    const facts = [...answered(order), connection({ at: 1.1, from: WEB, to: "203.0.113.9" })];
    assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com established api.example.com"]);
  }
});

test("D2: a connection between the answers of two nameservers leaves no lookup", () => {
  const facts = [...answered(QUERIES), connection({ at: 1.00215, from: WEB, to: "203.0.113.9" })];
  assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D2: two nameservers queried at once, the second of which answers after the connection, leave no lookup", () => {
  const facts = [
    ...QUERIES.map(({ type, resolver }) => {
      const takesSeconds = resolver === "10.96.0.10" ? 0.002 : 0.4;
      const to = [type === "A" ? "203.0.113.9" : "2001:db8::9"];
      return lookup({ at: 1, from: WEB, name: "api.example.com", type, resolver, to, takesSeconds });
    }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9" }),
  ];
  assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D2: queries to two nameservers, repeated seconds later, are two lookups", () => {
  const facts = [1, 5].flatMap((at) => answered(QUERIES, at));
  assert.deepEqual(lines(here, facts), Array(2).fill("shop/web -> external:api.example.com resolved api.example.com"));
});

test("D2: a name that was forgotten, and is looked up and connected to again, leaves no lookup", () => {
  // Two generations of queried names end between the two calls; the address keeps its name for longer.
  const facts = [1, 400].flatMap((at) => [
    ...answered(QUERIES, at),
    connection({ at: at + 0.1, from: WEB, to: "203.0.113.9" }),
  ]);
  const established = "shop/web -> external:api.example.com established api.example.com";
  assert.deepEqual(lines(here, facts), [established, established]);
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

test("of the lookups of one name that a client sends out of order, a bounded number waits", () => {
  let unused = 0;
  const lookups = new UnusedLookups(new CaptureGaps(), () => unused++);
  const query = {
    name: "api.example.com",
    resolved: null,
    resolvedCount: 0,
    connectedMicros: Number.NEGATIVE_INFINITY,
    begunBeforeMicros: Number.NEGATIVE_INFINITY,
  };
  const base = received(1);
  for (let i = 0; i < 3_000; i++) {
    const queryMicros = base.queryMicros + (i % 2) * 200_000;
    lookups.add(query, { ...base, queryMicros, answerMicros: base.queryMicros + 300_000 + i });
  }
  // Each second one counts as a repetition of the latest that waits.
  assert.deepEqual([query.resolvedCount, lookups.evicted], [1_024, (3_000 - 1_024) / 2]);
  lookups.advance(Number.POSITIVE_INFINITY);
  assert.deepEqual([query.resolvedCount, query.resolved, unused], [0, null, 1_024]);
});
