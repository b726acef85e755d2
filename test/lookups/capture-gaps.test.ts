import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureGaps } from "../../src/lookups/capture-gaps.ts";

const at = (seconds: number): number => seconds * 1e6;

/** A capture that starts at 10 s, with a gap from 100 s to 100.3 s. */
function gaps(): CaptureGaps {
  const result = new CaptureGaps();
  result.advance(at(10));
  result.begin(at(100));
  result.advance(at(100.3));
  return result;
}

test("what comes within a second of a gap is cut short, what comes after it is not", () => {
  assert.deepEqual(
    [98.9, 99.1, 100.1, 100.3, 100.8].map((seconds) => gaps().cutShort(at(seconds))),
    [false, true, true, false, false],
  );
});

test("packets after a time may be missing if a gap ended later", () => {
  assert.deepEqual(
    [50, 100.1, 100.3].map((seconds) => gaps().since(at(seconds))),
    [true, true, false],
  );
});

test("questions of before may be open for 5 s after the start, and after a gap", () => {
  assert.deepEqual(
    [10, 14.9, 15.1, 99.9, 100.4, 105.2, 105.4].map((seconds) => gaps().isNearStart(at(seconds))),
    [true, true, false, false, true, true, false],
  );
});

test("a gap begins once, however often the sensor is searched for in it", () => {
  const result = gaps();
  result.begin(at(200));
  for (let i = 0; i < 100; i++) result.begin(at(200));
  result.advance(at(260));
  assert.ok(result.cutShort(at(99.5)));
  assert.ok(result.cutShort(at(199.5)));
});

test("after the clock was set back nothing of before counts", () => {
  const result = gaps();
  result.begin(at(200));
  result.advance(at(20));
  assert.equal(result.cutShort(at(99.5)), false);
  assert.ok(result.isNearStart(at(21)));
});

test("before its first time a capture has no gaps", () => {
  const result = new CaptureGaps();
  result.begin(at(1));
  assert.equal(result.cutShort(at(1)), false);
});
