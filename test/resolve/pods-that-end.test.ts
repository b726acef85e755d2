import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("L3 of pods that ended nothing is kept but for some minutes: no name, address, link or record of them", () => {
  const child = fileURLToPath(new URL("./support/pods-that-end.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", child], {
    timeout: 180_000,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const rounds = stdout.trim().split("\n").map(Number);
  // V8 compiles during the first rounds.
  const grown = ((rounds[7] ?? Number.NaN) - (rounds[3] ?? Number.NaN)) / 1_200;
  // MB for each of 1,200 pods with its node and its Service: 8.7 kB, if all were kept that there is room for.
  assert.ok(grown < 0.0003, `${rounds.map((megabytes) => megabytes.toFixed(2)).join(", ")} MB`);
});
