import assert from "node:assert/strict";
import { test } from "node:test";
import { measure, median } from "../../scripts/bench/measure.ts";

const BUSY = "while (process.cpuUsage().user < 400_000);";

test("CPU time includes that of descendants", async () => {
  const grandchild = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(BUSY)}])`;
  const run = await measure([process.execPath, "-e", grandchild]);
  assert.equal(run.status, 0);
  assert.ok(run.cpuSeconds > 0.2, `${run.cpuSeconds} s`);
});

test("memory that was used for a short time is included, in bytes", async () => {
  const run = await measure([process.execPath, "-e", `const held = Buffer.alloc(300e6, 1); ${BUSY} held.length;`]);
  assert.ok(run.peakResidentBytes > 300e6 && run.peakResidentBytes < 500e6, `${run.peakResidentBytes}`);
  assert.ok(run.peakProportionalBytes > 250e6 && run.peakProportionalBytes < 500e6, `${run.peakProportionalBytes}`);
});

test("a measurement has the output, error output and exit code of the command", async () => {
  const run = await measure(["bash", "-c", "echo out; echo err >&2; exit 3"]);
  assert.deepEqual([run.status, run.stdout, run.stderr], [3, "out\n", "err\n"]);
});

test("variables can be added to the environment", async () => {
  assert.equal((await measure(["bash", "-c", 'echo "$MARK"'], { MARK: "here" })).stdout, "here\n");
});

test("the median is the middle value, or the mean of the two middle values", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});
