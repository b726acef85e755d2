import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineSplitter } from "../../../src/kubernetes/files/line-splitter.ts";

test("in whatever pieces a text comes, its lines are the same, and each that is too long is null once", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const splitter = new LineSplitter(5);
      const lines = pieces.flatMap((each) => splitter.push(each));
      const whole = pieces.join("").split("\n");
      const last = whole.pop() ?? "";
      // Of the last line, which has no end yet, only that it is too long is known.
      const expected = [...whole, ...(last.length > 5 ? [last] : [])].map((line) => (line.length > 5 ? null : line));
      assert.deepEqual(lines, expected);
    }),
  );
});
