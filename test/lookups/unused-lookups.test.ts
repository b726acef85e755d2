import assert from "node:assert/strict";
import { test } from "node:test";
import { pod, threeNodes } from "../support/cluster/cluster-objects.ts";
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

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
