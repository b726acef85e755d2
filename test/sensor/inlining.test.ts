import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { v8OptionsOf } from "../support/cli/v8-options.ts";
import { CLUSTER, capture, temporaryFolder } from "../support/cli/wirespan.ts";

test("V8 inlines more in a process that is only a sensor, and not in others", (t) => {
  const agent = v8OptionsOf(t, [
    "agent",
    "--file",
    capture("node-a"),
    "--node",
    "node-a",
    ...CLUSTER,
    "--format",
    "json",
  ]);
  const [option = "", ...others] = agent.of("sensor-child.js");
  assert.match(option, /^--max-inlined-bytecode-size-cumulative=\d{4}$/);
  assert.deepEqual(others, []);
  assert.ok(!agent.of("cli.js").includes(option), "the agent's own process");

  const socket = join(temporaryFolder(t), "missing", "sensor.sock");
  assert.deepEqual(v8OptionsOf(t, ["sensor", "--socket", socket, "--device", "no-such"]).of("cli.js"), [option]);

  const [name = ""] = option.split("=");
  assert.ok(execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" }).includes(`${name} (`), name);
});
