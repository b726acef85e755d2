import assert from "node:assert/strict";
import { test } from "node:test";
import { screenText } from "../../src/output/screen-text.ts";

const TABLE = "   client  server\n   a       b\n   b       c\n   c       d\n   d       e\n\n5 nodes, 4 edges\n";
const ERASED = "\u001b[H\u001b[2J";

test("a table that has room is shown whole", () => {
  assert.equal(screenText(TABLE, 8), ERASED + TABLE);
  assert.equal(screenText(TABLE, null), ERASED + TABLE);
});

test("of a longer table, the first rows and the totals are shown, in as many lines as the terminal has", () => {
  for (let height = 5; height < 8; height++) {
    const shown = screenText(TABLE, height).slice(ERASED.length).split("\n");
    assert.equal(shown.length, height);
    assert.equal(shown[0], "   client  server");
    assert.match(shown[height - 4] ?? "", /^… \d more$/);
    assert.deepEqual(shown.slice(-3), ["", "5 nodes, 4 edges", ""]);
  }
  assert.match(screenText(TABLE, 6), /\n {3}a {7}b\n… 3 more\n\n5 nodes/);
});
