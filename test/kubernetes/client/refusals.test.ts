import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusals } from "../../../src/kubernetes/client/refusals.ts";

test("what was never allowed is refused for good with the second refusal in a row", () => {
  const refusals = new Refusals();
  assert.deepEqual(
    [refusals.isCertain(0, false), refusals.isCertain(1, false), refusals.isCertain(2, false)],
    [false, true, true],
  );
});

test("what was allowed before may be refused for 5 s, by a server that has just started", () => {
  const refusals = new Refusals();
  const at = (millis: number) => refusals.isCertain(10_000 + millis, true);
  assert.deepEqual([at(0), at(1_000), at(4_999), at(5_000)], [false, false, false, true]);
});

test("whatever comes in between begins the count anew", () => {
  const refusals = new Refusals();
  refusals.isCertain(0, false);
  refusals.end();
  assert.equal(refusals.isCertain(100, false), false);
  refusals.end();
  assert.equal(refusals.isCertain(200, true), false);
  assert.equal(refusals.isCertain(5_199, true), false);
  assert.equal(refusals.isCertain(5_200, true), true);
});
