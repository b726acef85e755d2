import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AskedName, AskedNames } from "../../src/lookups/asked-names.ts";
import { ClusterNames } from "../../src/lookups/cluster-names.ts";
import { Attempt } from "../../src/lookups/search-attempt.ts";

const A = 1;
const AAAA = 28;
const FORMS = ["api.a.svc.cluster.local", "api.svc.cluster.local", "api.cluster.local", "api", "x.y.svc.cluster.local"];

function texts(bases: readonly AskedName[]): string[] {
  return bases.map(({ name }) => name);
}

test("whatever questions fail, an attempt that is used again knows their forms, types and common bases", () => {
  const question = fc.record({ form: fc.constantFrom(...FORMS), type: fc.constantFrom(A, AAAA) });
  const attempt = new Attempt();
  fc.assert(
    fc.property(fc.array(question, { minLength: 1, maxLength: 12 }), (questions) => {
      const asked = new AskedNames(new ClusterNames());
      const failed = new Set<string>();
      let bases: string[] = [];
      questions.forEach(({ form, type }, i) => {
        const question = asked.ask("web", "a", form);
        if (i === 0) {
          attempt.begin(question.bases, form, type);
          bases = texts(question.bases);
        } else {
          assert.equal(attempt.addQuestion(form, type), !failed.has(`${form} ${type}`));
          attempt.narrow(question.bases);
          const common = bases.filter((base) => texts(question.bases).includes(base));
          if (common.length > 0) bases = common;
        }
        failed.add(`${form} ${type}`);
        assert.deepEqual(texts(attempt.bases), bases);
        assert.deepEqual(attempt.forms, [...new Set(questions.slice(0, i + 1).map((each) => each.form))]);
      });
    }),
  );
});

test("an attempt was answered when one of its bases was, and no other", () => {
  const asked = new AskedNames(new ClusterNames());
  const { bases } = asked.ask("web", "a", "api.a.svc.cluster.local");
  const attempt = new Attempt();
  attempt.begin(bases, "api.a.svc.cluster.local", A);
  attempt.narrow(asked.ask("web", "a", "api").bases);
  for (const base of bases) base.answeredMicros = base.name === "api" ? 5 : 10;
  assert.equal(attempt.wasAnswered(5), true);
  assert.equal(attempt.wasAnswered(6), false);
});

test("forms without end are noted up to a bound", () => {
  const attempt = new Attempt();
  attempt.begin(new AskedNames(new ClusterNames()).ask("web", null, "api").bases, "api", A);
  for (let i = 0; i < 10_000; i++) attempt.addQuestion(`api.n${i}`, A);
  assert.equal(attempt.forms.length, 64);
});
