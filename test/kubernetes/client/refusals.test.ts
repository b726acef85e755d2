import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusals } from "../../../src/kubernetes/client/refusals.ts";

test("the second refusal in a row of a request that never succeeded is permanent", () => {
  const refusals = new Refusals();
  assert.deepEqual(
    [refusals.isPermanent(0, false), refusals.isPermanent(1, false), refusals.isPermanent(2, false)],
    [false, true, true],
  );
});

test("a request that succeeded before may be refused for 5 s by a starting server", () => {
  const refusals = new Refusals();
  const at = (millis: number) => refusals.isPermanent(10_000 + millis, true);
  assert.deepEqual([at(0), at(1_000), at(4_999), at(5_000)], [false, false, false, true]);
});

test("any other result resets the count", () => {
  const refusals = new Refusals();
  refusals.isPermanent(0, false);
  refusals.reset();
  assert.equal(refusals.isPermanent(100, false), false);
  refusals.reset();
  assert.equal(refusals.isPermanent(200, true), false);
  assert.equal(refusals.isPermanent(5_199, true), false);
  assert.equal(refusals.isPermanent(5_200, true), true);
});
