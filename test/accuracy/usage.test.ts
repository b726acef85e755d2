import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../support/paths.ts";

const MAIN = join(repositoryRoot, "dist/scripts/accuracy/main.js");
const accuracy = (...args: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8", timeout: 60_000 });

test("accuracy prints its help, and the error of a wrong argument", () => {
  const { status, stdout } = accuracy("--help");
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^Usage: npm run accuracy -- \[--watch-pods cluster\|node\] \[--loss PERCENT \[--seed N\]\] \[FOLDER\.\.\.\]\n/,
  );
  for (const args of [
    ["--watch-pods", "all"],
    ["--loss", "100"],
    ["--seed", "x"],
    ["--speed", "3"],
  ]) {
    const wrong = accuracy(...args);
    assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, new RegExp(`${args[0]}.*\\n\\nUsage: `));
  }
});
