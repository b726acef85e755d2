import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineSplitter } from "../../../src/kubernetes/files/line-splitter.ts";

test("the lines do not depend on the pieces of the text, and each line beyond the limit is null once", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const splitter = new LineSplitter(5);
      const lines = pieces.flatMap((each) => splitter.push(each));
      const all = pieces.join("").split("\n");
      const last = all.pop() ?? "";
      // The last line has no end yet; it only shows if it exceeds the limit.
      const expected = [...all, ...(last.length > 5 ? [last] : [])].map((line) => (line.length > 5 ? null : line));
      assert.deepEqual(lines, expected);
    }),
  );
});
