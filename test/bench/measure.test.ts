import assert from "node:assert/strict";
import { test } from "node:test";
import { measure, median } from "../../scripts/bench/measure.ts";

const BUSY = "while (process.cpuUsage().user < 400_000);";

test("the time of a child's child counts", async () => {
  const grandchild = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(BUSY)}])`;
  const run = await measure([process.execPath, "-e", grandchild]);
  assert.equal(run.status, 0);
  assert.ok(run.cpuSeconds > 0.2, `${run.cpuSeconds} s`);
});

test("memory that was held for a moment counts, in bytes", async () => {
  const run = await measure([process.execPath, "-e", `const held = Buffer.alloc(300e6, 1); ${BUSY} held.length;`]);
  assert.ok(run.peakResidentBytes > 300e6 && run.peakResidentBytes < 500e6, `${run.peakResidentBytes}`);
  assert.ok(run.peakProportionalBytes > 250e6 && run.peakProportionalBytes < 500e6, `${run.peakProportionalBytes}`);
});

test("a command's output, error text and exit code come through", async () => {
  const run = await measure(["bash", "-c", "echo out; echo err >&2; exit 3"]);
  assert.deepEqual([run.status, run.stdout, run.stderr], [3, "out\n", "err\n"]);
});

test("the environment can be added to", async () => {
  assert.equal((await measure(["bash", "-c", 'echo "$MARK"'], { MARK: "here" })).stdout, "here\n");
});

test("the median is the middle one, or the mean of the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});
