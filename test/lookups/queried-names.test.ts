import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClusterDomain } from "../../src/lookups/cluster-domain.ts";
import { NameSearch } from "../../src/lookups/name-search.ts";
import { QueriedNames } from "../../src/lookups/queried-names.ts";
import { TruncatedLookup } from "../../src/lookups/truncated-lookups.ts";

const domain = new ClusterDomain();
const LONG = "api.example.com.shop.svc.cluster.local";

test("a query has the names that the program may have looked up, itself first", () => {
  const { candidates } = new QueriedNames(domain).query("web", "shop", LONG);
  assert.deepEqual(
    candidates.map(({ name }) => name),
    [LONG, "api.example.com.shop.svc", "api.example.com.shop", "api.example.com"],
  );
});

test("queries of one client share the record of a common candidate; other clients have their own", () => {
  const queried = new QueriedNames(domain);
  const candidate = queried.query("web", "shop", LONG).candidates.at(-1);
  assert.equal(queried.query("web", "shop", "api.example.com"), candidate);
  assert.equal(queried.query("web", "shop", "api.example.com.svc.cluster.local").candidates.at(-1), candidate);
  assert.notEqual(queried.query("cart", "shop", "api.example.com"), candidate);
});

test("whatever is queried, the candidates of a query are the records that are found, and their number is bounded", () => {
  const maxNames = 16;
  const suffixes = ["", ".a.svc.cluster.local", ".svc.cluster.local", ".cluster.local"];
  const query = fc.record({
    client: fc.nat(3),
    base: fc.constantFrom("a", "b.c", "cluster.local", "x.cluster.local", "y.example.com", "z"),
    suffix: fc.constantFrom(...suffixes),
    waits: fc.constantFrom("search", "truncated", null),
  });
  fc.assert(
    fc.property(fc.array(query, { maxLength: 200, size: "max" }), (queries) => {
      const queried = new QueriedNames(domain, maxNames);
      const waiting = new Set<string>();
      for (const { client, base, suffix, waits } of queries) {
        const name = base + suffix;
        const record = queried.query(`${client}`, "a", name);
        assert.equal(queried.find(`${client}`, name), record);
        for (const each of record.candidates) assert.equal(queried.find(`${client}`, each.name), each);
        if (waits !== null && waiting.size < 8) {
          if (waits === "search") queried.searches.begin(record.id, new NameSearch());
          else record.truncated = new TruncatedLookup();
          waiting.add(`${client} ${name}`);
        }
        for (const key of waiting) {
          const [id = "", ...rest] = key.split(" ");
          const kept = queried.find(id, rest.join(" "));
          assert.ok(kept?.truncated || (kept && queried.searches.searchOf(kept.id)), `${key} waits`);
        }
        assert.ok(queried.size <= 2 * maxNames + 4 * waiting.size, `${queried.size} names`);
      }
    }),
  );
});

test("new names without end are forgotten, and their clients too; names queried repeatedly are not", () => {
  const queried = new QueriedNames(domain, 1_000);
  const kept = queried.query("web", "shop", LONG);
  for (let i = 0; i < 100_000; i++) {
    queried.query(`client ${i % 5_000}`, null, `n${i}.example.com`);
    if (i % 100 === 0) assert.equal(queried.query("web", "shop", LONG), kept);
    assert.ok(queried.size <= 2_000);
  }
  assert.equal(queried.find("client 0", "n0.example.com"), null);
});

test("unused names are forgotten after minutes, however few follow them", () => {
  const queried = new QueriedNames(domain);
  queried.advance(0);
  for (let i = 0; i < 1_000; i++) queried.query("web", "shop", `n${i}.example.com`);
  for (let seconds = 0; seconds <= 180; seconds++) {
    queried.query("web", "shop", LONG);
    queried.advance(seconds * 1e6);
  }
  assert.equal(queried.size, 4);
  assert.notEqual(queried.find("web", LONG), null);
});
