import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { anonymousBytes, captureBufferBytes, measure, median, proportionalBytes } from "../../scripts/bench/measure.ts";
import { jsonLines } from "../support/json-lines.ts";
import { networkNamespace } from "../support/network-namespace.ts";

const CAPTURING = fileURLToPath(new URL("../capture/live/support/live-child.js", import.meta.url));

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

test("the buffer of a live capture, and heaps and stacks, are found within the memory of its process", async (t) => {
  const child = networkNamespace(t).start(CAPTURING, "any");
  await jsonLines<{ linkType?: number }>(child.stdout)(({ linkType }) => linkType !== undefined);
  const pid = child.pid ?? 0;
  const [buffer, anonymous, all] = [captureBufferBytes(pid), anonymousBytes(pid), proportionalBytes(pid)];
  // libpcap rounds the size that was asked for to whole frames.
  assert.ok(buffer > 32e6 && buffer < 35e6, `${buffer} bytes`);
  assert.ok(anonymous > 4e6, `${anonymous} bytes of heaps and stacks`);
  // Program text is the rest.
  assert.ok(all > buffer + anonymous, `${all} bytes`);
  assert.equal(captureBufferBytes(process.pid), buffer);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(captureBufferBytes(process.pid), 0);
});
