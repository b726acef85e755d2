// Resolved names at the default bounds. Which names are evicted: resolved-names-model.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ResolvedNames } from "../../src/lookups/resolved-names.ts";

/** Addresses in a generation of all clients and of one client, and characters with the weight of one address. */
const ALL = 65_536;
const OF_CLIENT = 4_096;
const TEXT = 256;

const addressOf = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;

function add(names: ResolvedNames, client: string, i: number, name = "n.example", chain: readonly string[] = []): void {
  names.add(client, [addressOf(i)], { answerMicros: i, name, chain });
}

test("a client that queries without end has at most two generations of 4,096 names, and evicts none of others", () => {
  const names = new ResolvedNames();
  add(names, "quiet", 0);
  let most = 0;
  for (let i = 0; i < 200_000; i++) {
    add(names, "noisy", i);
    if (i % 1_000 === 0) most = Math.max(most, names.size);
  }
  assert.ok(most > OF_CLIENT && most <= 2 * OF_CLIENT + 1, `${most} names`);
  assert.equal(names.find("quiet", addressOf(0), 1)?.name, "n.example");
  assert.equal(names.size + names.evicted, 200_001);
});

test("all clients together have at most three generations of 65,536 names", () => {
  const names = new ResolvedNames();
  let most = 0;
  for (let i = 0; i < 600_000; i++) {
    add(names, `client ${i % 300}`, i);
    if (i % 10_000 === 0) most = Math.max(most, names.size);
  }
  assert.ok(most > ALL && most <= 3 * ALL, `${most} names`);
  assert.equal(names.size + names.evicted, 600_000);
});

test("long names and long chains weigh more, so text is bounded too", () => {
  for (const [name, chain, weight] of [
    ["x".repeat(1_020), [], 1 + Math.floor(1_020 / TEXT)],
    ["n.example", Array(10).fill("y".repeat(255)), 1 + Math.floor((10 * 255 + 9) / TEXT)],
  ] as const) {
    const names = new ResolvedNames();
    for (let i = 0; i < 20_000; i++) add(names, "noisy", i, name, chain);
    assert.ok(names.size <= 2 * Math.ceil(OF_CLIENT / weight), `${names.size} names that weigh ${weight} each`);
    assert.ok(names.size >= OF_CLIENT / weight / 2, `${names.size} names`);
  }
});
