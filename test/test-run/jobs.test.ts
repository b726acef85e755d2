import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allJobs, LOGIC } from "../../scripts/test-run/jobs.ts";
import { repositoryRoot } from "../support/paths.ts";

const compiled = join(repositoryRoot, "dist/test");
const all = allJobs(compiled, false);
const gate = allJobs(compiled, true);
const files = readdirSync(compiled, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.js"));
/** Only for the dry run of a release. */
const OF_A_RELEASE = ["buildkit", "buildx", "cosign", "crane"];

test("every file of tests runs once on the machine's Node", () => {
  const run = all.filter(({ isTest, command }) => isTest && command[0] === "node").map(({ name }) => name);
  assert.deepEqual(run.toSorted(), files.toSorted());
});

test("what gates a commit is lint and the fast files; those that are not of logic run on Node 24, too", () => {
  const fast = gate.filter(({ isTest }) => isTest).map(({ name }) => name);
  const onNode24 = all.filter(({ command }) => command.join(" ").startsWith("bash scripts/node24.sh node --test"));
  assert.ok(fast.length > 250, `${fast.length} files`);
  assert.ok(onNode24.length > 150, `${onNode24.length} files on Node 24`);
  assert.deepEqual(
    onNode24.map(({ name }) => name),
    fast.filter((name) => !LOGIC.test(name)).map((name) => `${name} on Node 24`),
  );
  assert.deepEqual(
    gate.filter(({ isTest }) => !isTest).map(({ name }) => name),
    ["lint"],
  );
});

test("what a job needs is a job that stands before it", () => {
  const names = all.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, needs } of all) {
    for (const need of needs) assert.ok(names.slice(0, names.indexOf(name)).includes(need), `${name} needs ${need}`);
  }
});

test("every server that tests start is built before", () => {
  const folders = readdirSync(join(repositoryRoot, "test/servers"));
  const servers = folders.filter((name) => existsSync(join(repositoryRoot, "test/servers", name, "build.conf")));
  const built = all.filter(({ command }) => command.includes("scripts/build-server.sh")).map(({ name }) => name);
  assert.deepEqual(built.toSorted(), servers.filter((name) => !OF_A_RELEASE.includes(name)).toSorted());
});
