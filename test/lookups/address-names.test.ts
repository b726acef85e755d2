import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AddressNames, NAME_WEIGHT, SharedName } from "../../src/lookups/address-names.ts";
import { FIRST_FACT_MICROS, NAME_MEMORY_MICROS } from "../../src/model/waiting-times.ts";

const SECOND = 1_000_000;
const shared = (name: string) => new SharedName(name, []);

/** Answers, each `[seconds, name]`; of one address. */
function answersOf(answers: Iterable<readonly [number, string]>, maxNames = 2_048) {
  let names: AddressNames | null = null;
  let evicted = 0;
  for (const [seconds, name] of answers) {
    const micros = seconds * SECOND;
    if (names === null) names = new AddressNames(micros, shared(name));
    else evicted += names.add(micros, names.findSame(name, []) ?? shared(name), maxNames * NAME_WEIGHT);
  }
  return { names: names as AddressNames, evicted };
}

function* atIntervals(stepSeconds: number, untilSeconds: number, name: (i: number) => string) {
  for (let i = 0; i * stepSeconds <= untilSeconds; i++) yield [i * stepSeconds, name(i)] as const;
}

test("the last answer before a time is found, however many follow it, as long as a fact may need it", () => {
  const { names, evicted } = answersOf(atIntervals(0.001, 20, (i) => `n${i % 2}.example.com`));
  for (const back of [0, 1, 4.9995]) {
    const found = names.find((20 - back) * SECOND);
    assert.ok(found);
    assert.ok(Math.abs(found.answerMicros - (20 - back) * SECOND) <= 1_000, `${back} s back: ${found.answerMicros}`);
  }
  assert.equal(evicted, 0);
  assert.ok(names.weight < 1_000 * NAME_WEIGHT, `weight ${names.weight}`);
});

test("a name that is queried without end is found with its last answer, and weighs little", () => {
  const { names } = answersOf(atIntervals(0.04, 4_000, () => "pay.example.com"));
  assert.equal(names.find(3_999.99 * SECOND)?.answerMicros, Math.round(3_999.96 * SECOND));
  assert.equal(names.find(3_900 * SECOND)?.name, "pay.example.com");
  assert.ok(names.weight < 32 * NAME_WEIGHT, `weight ${names.weight}`);
});

test("an answer is not found after more than an hour", () => {
  const { names } = answersOf([[1, "a.example.com"]]);
  assert.equal(names.find(SECOND + NAME_MEMORY_MICROS)?.name, "a.example.com");
  assert.equal(names.find(SECOND + NAME_MEMORY_MICROS + 1), null);
});

test("new names without end are bounded; the oldest are evicted first, and those that a fact may need are counted", () => {
  const { names, evicted } = answersOf(
    atIntervals(0.001, 10, (i) => `n${i}.example.com`),
    100,
  );
  assert.ok(names.weight <= 100 * NAME_WEIGHT);
  assert.ok(evicted > 4_000 && evicted < 10_001, `${evicted} evicted`);
  assert.equal(names.find(10 * SECOND)?.name, "n10000.example.com");
  assert.equal(names.find(9.99 * SECOND)?.name, "n9990.example.com");
  assert.equal(names.find(9 * SECOND), null);
});

test("answers that repeat one of the last names store their time only", () => {
  const { names } = answersOf(atIntervals(0.01, 4, (i) => `n${i % 3}.example.com`));
  assert.ok(names.weight < 3 * NAME_WEIGHT + 401 + NAME_WEIGHT, `weight ${names.weight}`);
});

test("whatever the answers and their order, the name that a first fact needs is found, and never a wrong one", () => {
  const answer = fc.record({
    /** Milliseconds since the answer before: mostly short, sometimes minutes. */
    step: fc.oneof(fc.nat(300), fc.nat(300), fc.nat(20_000), fc.nat(300_000)),
    /** Milliseconds between its time and its arrival. */
    late: fc.oneof(fc.constant(0), fc.nat(3_000)),
    name: fc.constantFrom("a", "b", "c"),
    back: fc.nat(FIRST_FACT_MICROS / 1_000),
    farBack: fc.nat(400_000),
  });
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1, maxLength: 300, size: "max" }), (answers) => {
      const plain: { micros: number; name: string }[] = [];
      const reference = (micros: number) =>
        plain
          .filter((one) => one.micros <= micros)
          .toSorted((a, b) => a.micros - b.micros)
          .at(-1);
      let names: AddressNames | null = null;
      let now = 0;
      for (const { step, late, name, back, farBack } of answers) {
        now += step * 1_000 + 1;
        const micros = now - late * 1_000;
        plain.push({ micros, name });
        if (names === null) names = new AddressNames(micros, shared(name));
        else names.add(micros, names.findSame(name, []) ?? shared(name), 2_048);
        const expected = reference(now - back * 1_000);
        const found = names.find(now - back * 1_000);
        assert.deepEqual([found?.name, found?.answerMicros], [expected?.name, expected?.micros]);
        const old = names.find(now - farBack * 1_000);
        if (old !== null) assert.equal(old.name, reference(now - farBack * 1_000)?.name);
      }
    }),
  );
});
