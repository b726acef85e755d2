import assert from "node:assert/strict";
import { test } from "node:test";
import { backOffMillis } from "../../../src/export/queue/retry.ts";

test("delays grow from 0.5 s to 3 s, with jitter, and are at least the delay of the server", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((repeat) => Math.round(backOffMillis(repeat, null, 0.5))),
    [500, 750, 1125, 1688, 2531, 3000, 3000, 3000],
  );
  assert.equal(backOffMillis(0, null, 0), 400);
  assert.equal(backOffMillis(0, null, 1), 600);
  assert.equal(backOffMillis(0, 7_000, 0.5), 7_000);
});
