import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClusterDomain } from "../../src/lookups/cluster-domain.ts";
import { NameSearch } from "../../src/lookups/name-search.ts";
import { QueriedNames } from "../../src/lookups/queried-names.ts";

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
          search.begin(query.candidates, name, type);
          candidates = texts(query.candidates);
        } else {
          assert.equal(search.addQuery(name, type), !failed.has(`${name} ${type}`));
          search.narrow(query.candidates);
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
  const { candidates } = queried.query("web", "a", "api.a.svc.cluster.local");
  const search = new NameSearch();
  search.begin(candidates, "api.a.svc.cluster.local", A);
  search.narrow(queried.query("web", "a", "api").candidates);
  for (const each of candidates) each.answeredMicros = each.name === "api" ? 5 : 10;
  assert.equal(search.wasAnswered(5), true);
  assert.equal(search.wasAnswered(6), false);
});

test("the number of remembered queries is bounded", () => {
  const search = new NameSearch();
  search.begin(new QueriedNames(new ClusterDomain()).query("web", null, "api").candidates, "api", A);
  for (let i = 0; i < 10_000; i++) search.addQuery(`api.n${i}`, A);
  assert.equal(search.queries.length, 64);
});
