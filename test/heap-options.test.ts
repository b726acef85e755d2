import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { v8OptionsOf } from "./support/cli/v8-options.ts";
import { CLUSTER, capture, temporaryFolder } from "./support/cli/wirespan.ts";
import { repositoryRoot } from "./support/paths.ts";

const WIRESPAN = fileURLToPath(new URL("../bin/wirespan", import.meta.url));

const LAUNCHER = join(repositoryRoot, "image/launcher.c");

/**
 * Runs before a program: keeps 200,000 of three million objects alive, and writes the young generation's peak in MB and the
 * options of V8.
 */
const PROBE = `
  import { writeFileSync } from "node:fs";
  import { basename } from "node:path";
  import { getHeapSpaceStatistics } from "node:v8";
  const kept = [];
  let peak = 0;
  for (let i = 0; i < 3_000_000; i++) {
    kept[i % 200_000] = { i, text: String(i) };
    if (i % 10_000 > 0) continue;
    peak = Math.max(peak, getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size);
  }
  const options = process.execArgv.filter((option) => option !== "--eval");
  writeFileSync(new URL(basename(process.argv[1] ?? "none"), import.meta.url), JSON.stringify({ peak: peak / 2 ** 20, options }));
`;

test("the command line and the sensor bound V8's young generation, and the image's launcher gives the same options", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "probe.mjs"), PROBE);
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --import=${join(folder, "probe.mjs")}` },
      stdio: "pipe",
      timeout: 60_000,
    });
  const found = (program: string): { peak: number; options: string[] } =>
    JSON.parse(readFileSync(join(folder, program), "utf8"));

  run(process.execPath, "--eval", "0");
  run(WIRESPAN, "agent", "--file", capture("node-a"), "--node", "node-a", ...CLUSTER, "--format", "json");

  assert.ok(found("none").peak >= 32, `${found("none").peak} MB by default`);
  // Two semi-spaces of 4 MB, and the pages that V8 adds while it marks: up to as much again, with Node 24 on a busy machine.
  for (const program of ["cli.js", "sensor-child.js"])
    assert.ok(found(program).peak <= 20, `${program}: ${found(program).peak} MB`);
  const [, launched = ""] = /program\[\] = \{\s*NODE, ([^}]*), PROGRAM\}/.exec(readFileSync(LAUNCHER, "utf8")) ?? [];
  const { options } = found("cli.js");
  assert.deepEqual(found("sensor-child.js").options, options);
  assert.deepEqual(JSON.parse(`[${launched}]`), options);
  assert.deepEqual(
    options.filter((option) => !option.includes("=")),
    ["--no-allocation-site-pretenuring"],
  );
});

test("the agent makes V8 return memory where it has an option for that, and a replay does not", (t) => {
  const isNew = Number.parseInt(process.versions.node, 10) >= 24;
  const knowledge = ["--node", "node-a", ...CLUSTER, "--format", "json"];
  const agent = v8OptionsOf(t, ["agent", "--file", capture("node-a"), ...knowledge]);
  assert.equal(agent.status, 0, agent.stderr);
  // V8 prints this for an option that it does not have.
  assert.doesNotMatch(agent.stderr, /unrecognized/);
  assert.deepEqual(agent.of("cli.js"), isNew ? ["--memory-saver-mode"] : []);
  assert.ok(!agent.of("sensor-child.js").includes("--memory-saver-mode"));
  assert.deepEqual(v8OptionsOf(t, ["replay", capture("node-a"), ...knowledge]).of("cli.js"), []);
});
