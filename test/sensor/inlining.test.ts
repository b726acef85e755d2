import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CLUSTER, capture, temporaryFolder } from "../support/cli/wirespan.ts";

const WIRESPAN = fileURLToPath(new URL("../../bin/wirespan", import.meta.url));

/** Runs before a program, and writes the options of V8 that it sets to a file of the program's name. */
const PROBE = `
  import { writeFileSync } from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  import { basename } from "node:path";
  import v8 from "node:v8";
  const { setFlagsFromString } = v8;
  v8.setFlagsFromString = (flags) => {
    writeFileSync(new URL(basename(process.argv[1]), import.meta.url), flags);
    setFlagsFromString(flags);
  };
  syncBuiltinESMExports();
`;

test("V8 inlines more in a process that is only a sensor, and not in others", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "probe.mjs"), PROBE);
  const run = (...args: string[]) =>
    spawnSync(WIRESPAN, args, {
      env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --import=${join(folder, "probe.mjs")}` },
      timeout: 60_000,
    });

  run("agent", "--file", capture("node-a"), "--node", "node-a", ...CLUSTER, "--format", "json");
  assert.ok(!existsSync(join(folder, "cli.js")), "the agent's own process");
  const options = readFileSync(join(folder, "sensor-child.js"), "utf8");
  assert.match(options, /^--max-inlined-bytecode-size-cumulative=\d{4}$/);

  run("sensor", "--socket", join(folder, "missing", "sensor.sock"), "--device", "no-such");
  assert.equal(readFileSync(join(folder, "cli.js"), "utf8"), options);

  const [name = ""] = options.split("=");
  assert.ok(execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" }).includes(`${name} (`), name);
});
