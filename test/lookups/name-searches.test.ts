import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClusterDomain } from "../../src/lookups/cluster-domain.ts";
import { NO_ROW } from "../../src/lookups/lookup-ring.ts";
import { NameSearches } from "../../src/lookups/name-searches.ts";
import { QueriedNames } from "../../src/lookups/queried-names.ts";
import { A, AAAA, failedLookup } from "./support/lookups.ts";

const NAMES = ["api.a.svc.cluster.local", "api.svc.cluster.local", "api.cluster.local", "api", "x.y.svc.cluster.local"];

test("whatever queries fail, each search knows their names, types and common candidates, also in a row used before", () => {
  const failing = fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(A, AAAA) });
  const queried = new QueriedNames(new ClusterDomain());
  const searches = new NameSearches(queried.table);
  fc.assert(
    fc.property(fc.array(failing, { minLength: 1, maxLength: 12 }), (queries) => {
      const failed = new Set<string>();
      let candidates: string[] = [];
      let search = NO_ROW;
      queries.forEach(({ name, type }, i) => {
        const query = queried.query("web", "a", name);
        const names = query.candidates.map((each) => each.name);
        if (i === 0) {
          search = searches.begin(query, failedLookup(name, { type }), 0);
          candidates = names;
        } else {
          assert.equal(searches.addQuery(search, name, type), !failed.has(`${name} ${type}`));
          searches.narrow(search, query.id);
          const common = candidates.filter((each) => names.includes(each));
          if (common.length > 0) candidates = common;
        }
        failed.add(`${name} ${type}`);
        assert.deepEqual(searches.candidates(search), candidates);
        assert.deepEqual(searches.queries(search), [...new Set(queries.slice(0, i + 1).map((each) => each.name))]);
      });
      if (searches.size > 50) searches.shift();
    }),
  );
});

test("a search was answered when one of its candidates was, and no other name", () => {
  const queried = new QueriedNames(new ClusterDomain());
  const { table } = queried;
  const searches = new NameSearches(table);
  const first = queried.query("web", "a", "api.a.svc.cluster.local");
  const search = searches.begin(first, failedLookup(first.name), 0);
  const bare = queried.query("web", "a", "api");
  searches.narrow(search, bare.id);
  table.answer(first.id, 10);
  table.answer(bare.id, 5);
  assert.equal(searches.wasAnswered(search, 5), true);
  assert.equal(searches.wasAnswered(search, 6), false);
});

test("the number of remembered queries is bounded, and the types of all are known", () => {
  const queried = new QueriedNames(new ClusterDomain());
  const searches = new NameSearches(queried.table);
  const search = searches.begin(queried.query("web", null, "api"), failedLookup("api"), 0);
  for (let i = 0; i < 10_000; i++) searches.addQuery(search, `api.n${i}`, A);
  assert.equal(searches.queries(search).length, 64);
  for (let i = 0; i < 63; i++) {
    assert.equal(searches.addQuery(search, `api.n${i}`, A), false);
    assert.equal(searches.addQuery(search, `api.n${i}`, AAAA), true);
  }
});

test("a client knows how many searches it has, and a name its latest one", () => {
  const queried = new QueriedNames(new ClusterDomain());
  const searches = new NameSearches(queried.table);
  const query = queried.query("web", null, "api");
  const [first, second] = [1, 2].map((queryMicros) => searches.begin(query, failedLookup("api", { queryMicros }), 0));
  assert.equal(queried.table.searchOf(query.id), second);
  assert.equal(searches.row(0), first);
  searches.shift();
  assert.deepEqual([query.client.searches, queried.table.searchOf(query.id)], [1, second]);
  searches.shift();
  assert.deepEqual([query.client.searches, queried.table.searchOf(query.id)], [0, NO_ROW]);
});
