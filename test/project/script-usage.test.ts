import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../support/paths.ts";

const SCRIPTS = [
  "scripts/bench/bench.js",
  "scripts/bench/cluster.js",
  "scripts/bench/live-load.js",
  "scripts/fleet/fleet.js",
  "scripts/node-cost/latency.js",
  "scripts/node-cost/rates.js",
  "scripts/node-cost/soak.js",
  "scripts/test-run/main.js",
  "test/lab/record.js",
];

for (const script of SCRIPTS) {
  test(`${script} shows its help, and one sentence for an option that there is not`, () => {
    const run = (argument: string) =>
      spawnSync(process.execPath, [join(repositoryRoot, "dist", script), argument], {
        encoding: "utf8",
        timeout: 30_000,
      });
    const help = run("--help");
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /^Usage: [^\n]+\n {2}--[\s\S]*\nExit codes: 0 /);
    const wrong = run("--bogus");
    assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /^Unknown option '--bogus'[^\n]*\n\nUsage: /);
    assert.doesNotMatch(wrong.stderr, /\n {4}at /);
  });
}

for (const [script, option, wanted] of [
  ["scripts/bench/bench.js", "--rounds", "a number"],
  ["scripts/bench/cluster.js", "--pods", "a number"],
  ["scripts/fleet/fleet.js", "--clients", "a number"],
  ["scripts/node-cost/latency.js", "--seconds", "a number"],
  ["scripts/node-cost/rates.js", "--rates", "numbers"],
  ["scripts/node-cost/soak.js", "--minutes", "a number"],
] as const) {
  test(`${script} says in one sentence that ${option} takes ${wanted}`, () => {
    for (const wrong of ["many", "1,x", ""]) {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(repositoryRoot, "dist", script), `${option}=${wrong}`],
        { encoding: "utf8", timeout: 30_000 },
      );
      assert.deepEqual([status, stdout], [2, ""], stderr);
      assert.ok(stderr.startsWith(`${option} takes ${wanted}, such as `), stderr);
      assert.match(stderr, /^[^\n]*\n\nUsage: /);
    }
  });
}
