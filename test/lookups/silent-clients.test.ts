import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("L3 of pods that queried often and ended, little more than the names is kept", () => {
  const child = fileURLToPath(new URL("./support/silent-clients.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", child], {
    timeout: 180_000,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const rounds = stdout.trim().split("\n").map(Number);
  const grown = ((rounds[3] ?? Number.NaN) - (rounds[0] ?? Number.NaN)) / 600;
  // MB, of 600 pods with two addresses: 19 kB each, if all answers were kept.
  assert.ok(grown < 0.002, `${rounds.map((megabytes) => megabytes.toFixed(1)).join(", ")} MB`);
});
