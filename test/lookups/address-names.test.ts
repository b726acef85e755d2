import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AddressNames, KeptName } from "../../src/lookups/address-names.ts";
import { FIRST_FACT_MICROS, NAME_MEMORY_MICROS } from "../../src/model/waiting-times.ts";

const SECOND = 1_000_000;
const kept = (name: string) => new KeptName(name, []);

/** Answers, each `[seconds, name]`; of one address. */
function answered(answers: Iterable<readonly [number, string]>, maxWeight = 2_048) {
  let names: AddressNames | null = null;
  let forgotten = 0;
  for (const [seconds, name] of answers) {
    const micros = seconds * SECOND;
    if (names === null) names = new AddressNames(0, micros, kept(name));
    else forgotten += names.add(micros, names.findLike(name, []) ?? kept(name), maxWeight);
  }
  return { names: names as AddressNames, forgotten };
}

function* everySoOften(stepSeconds: number, untilSeconds: number, name: (i: number) => string) {
  for (let i = 0; i * stepSeconds <= untilSeconds; i++) yield [i * stepSeconds, name(i)] as const;
}

test("the answer before a moment is found, however many come after it while a fact may still ask for it", () => {
  const { names, forgotten } = answered(everySoOften(0.001, 20, (i) => `n${i % 2}.example.com`));
  for (const back of [0, 1, 4.9995]) {
    const found = names.find((20 - back) * SECOND);
    assert.ok(found);
    assert.ok(Math.abs(found.answerMicros - (20 - back) * SECOND) <= 1_000, `${back} s back: ${found.answerMicros}`);
  }
  assert.equal(forgotten, 0);
  assert.ok(names.weight < 1_000, `weight ${names.weight}`);
});

test("one name that is asked without end is found at its last answer, and hardly weighs anything", () => {
  const { names } = answered(everySoOften(0.04, 4_000, () => "pay.example.com"));
  assert.equal(names.find(3_999.99 * SECOND)?.answerMicros, Math.round(3_999.96 * SECOND));
  assert.equal(names.find(3_900 * SECOND)?.name, "pay.example.com");
  assert.ok(names.weight < 32, `weight ${names.weight}`);
});

test("a name that was answered more than an hour before is none", () => {
  const { names } = answered([[1, "a.example.com"]]);
  assert.equal(names.find(SECOND + NAME_MEMORY_MICROS)?.name, "a.example.com");
  assert.equal(names.find(SECOND + NAME_MEMORY_MICROS + 1), null);
});

test("ever new names are bounded; the oldest go first, and those that a fact might still ask for are counted", () => {
  const { names, forgotten } = answered(
    everySoOften(0.001, 10, (i) => `n${i}.example.com`),
    100,
  );
  assert.ok(names.weight <= 100);
  assert.ok(forgotten > 4_000 && forgotten < 10_001, `${forgotten} forgotten`);
  assert.equal(names.find(10 * SECOND)?.name, "n10000.example.com");
  assert.equal(names.find(9.99 * SECOND)?.name, "n9990.example.com");
  assert.equal(names.find(9 * SECOND), null);
});

test("answers of one name that come between others cost their time only", () => {
  const { names } = answered(everySoOften(0.01, 4, (i) => `n${i % 3}.example.com`));
  assert.ok(names.weight < 3 + 401 / 16 + 1, `weight ${names.weight}`);
});

test("whatever is answered and in whatever order, what a first fact asks for is found, and no wrong name ever", () => {
  const answer = fc.record({
    /** Since the one before, ms: mostly short, at times minutes. */
    step: fc.oneof(fc.nat(300), fc.nat(300), fc.nat(20_000), fc.nat(300_000)),
    /** It comes so much later than one that is younger. */
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
        if (names === null) names = new AddressNames(0, micros, kept(name));
        else names.add(micros, names.findLike(name, []) ?? kept(name), 2_048);
        const expected = reference(now - back * 1_000);
        const found = names.find(now - back * 1_000);
        assert.deepEqual([found?.name, found?.answerMicros], [expected?.name, expected?.micros]);
        const old = names.find(now - farBack * 1_000);
        if (old !== null) assert.equal(old.name, reference(now - farBack * 1_000)?.name);
      }
    }),
  );
});
