import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PagedRows } from "../../src/bounded/paged-rows.ts";

test("each row keeps its own numbers, and a released row is taken again before a new one, with zeros", () => {
  const width = 1_500;
  const step = fc.record({ isTaken: fc.boolean(), which: fc.nat(), number: fc.integer({ min: 1, max: 1_000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const rows = new PagedRows((length) => new Float64Array(length), width);
      const used = new Map<number, number>();
      let mostUsed = 0;
      const contents = (row: number) => rows.pageOf(row).subarray(rows.at(row), rows.at(row) + width);
      for (const { isTaken, which, number } of steps) {
        const row = isTaken ? rows.take() : [...used.keys()][which % Math.max(1, used.size)];
        if (row === undefined) continue;
        if (isTaken) {
          assert.ok(!used.has(row));
          assert.ok(contents(row).every((each) => each === 0));
          contents(row).fill(number);
          used.set(row, number);
          mostUsed = Math.max(mostUsed, used.size);
          assert.ok(row < mostUsed);
        } else {
          rows.release(row);
          used.delete(row);
        }
        for (const [each, known] of used) assert.ok(contents(each).every((content) => content === known));
      }
    }),
  );
});
