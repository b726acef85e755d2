import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClusterDomain } from "../../src/lookups/cluster-domain.ts";
import { NameSearch } from "../../src/lookups/name-search.ts";
import { QueriedNames } from "../../src/lookups/queried-names.ts";
import { SearchTable } from "../../src/lookups/search-table.ts";

const A = 1;
const AAAA = 28;
const NAMES = ["api.a.svc.cluster.local", "api.svc.cluster.local", "api.cluster.local", "api", "x.y.svc.cluster.local"];

function texts(candidates: readonly { readonly name: string }[]): string[] {
  return candidates.map(({ name }) => name);
}

test("whatever queries fail, a reused search knows their names, types and common candidates", () => {
  const failing = fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(A, AAAA) });
  const search = new NameSearch();
  fc.assert(
    fc.property(fc.array(failing, { minLength: 1, maxLength: 12 }), (queries) => {
      const queried = new QueriedNames(new ClusterDomain());
      const failed = new Set<string>();
      let candidates: string[] = [];
      queries.forEach(({ name, type }, i) => {
        const query = queried.query("web", "a", name);
        if (i === 0) {
          search.begin(query, type);
          candidates = texts(query.candidates);
        } else {
          assert.equal(search.addQuery(name, type), !failed.has(`${name} ${type}`));
          search.narrow(query, queried.searches);
          const common = candidates.filter((each) => texts(query.candidates).includes(each));
          if (common.length > 0) candidates = common;
        }
        failed.add(`${name} ${type}`);
        assert.deepEqual(texts(search.candidates), candidates);
        assert.deepEqual(search.queries, [...new Set(queries.slice(0, i + 1).map((each) => each.name))]);
      });
    }),
  );
});

test("a search was answered when one of its candidates was, and no other name", () => {
  const queried = new QueriedNames(new ClusterDomain());
  const { searches } = queried;
  const search = new NameSearch();
  search.begin(queried.query("web", "a", "api.a.svc.cluster.local"), A);
  const bare = queried.query("web", "a", "api");
  search.narrow(bare, searches);
  searches.answer(queried.query("web", "a", "api.a.svc.cluster.local").id, 10);
  searches.answer(bare.id, 5);
  assert.equal(search.wasAnswered(5, searches), true);
  assert.equal(search.wasAnswered(6, searches), false);
});

test("the number of remembered queries is bounded", () => {
  const search = new NameSearch();
  search.begin(new QueriedNames(new ClusterDomain()).query("web", null, "api"), A);
  for (let i = 0; i < 10_000; i++) search.addQuery(`api.n${i}`, A);
  assert.equal(search.queries.length, 64);
});

test("a number that is taken again has nothing of the name that had it before", () => {
  const table = new SearchTable<object>();
  const [id, other] = [table.take(), table.take()];
  table.setCandidates(id, [{ id }, { id: other }]);
  table.answer(id, 5);
  const search = {};
  table.begin(id, search);
  assert.equal(table.searchFor(id), search);
  table.forget(id, search);
  table.release(id);
  assert.equal(table.take(), id);
  table.answer(id, 7);
  assert.deepEqual([table.answeredMicros(id), table.answeredMicros(other)], [Number.NEGATIVE_INFINITY, 5]);
  assert.equal(table.searchFor(id), null);
});

test("however many names there are, each has its own answers and searches", () => {
  const table = new SearchTable<object>();
  const ids = Array.from({ length: 5_000 }, () => table.take());
  for (const id of ids) table.setCandidates(id, [{ id }]);
  const searches = ids.map((id) => ({ id }));
  for (const [i, id] of ids.entries()) {
    table.answer(id, i);
    table.begin(id, searches[i] ?? {});
  }
  for (const [i, id] of ids.entries()) {
    assert.equal(table.answeredMicros(id), i);
    assert.equal(table.searchFor(id), searches[i]);
  }
});
