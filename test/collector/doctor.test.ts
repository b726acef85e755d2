import assert from "node:assert/strict";
import { test } from "node:test";
import { wirespan } from "../support/cli/wirespan.ts";
import { startCollector } from "./support/collector-process.ts";

test("a real Collector accepts doctor's test pair, and its graph counts it once", { timeout: 120_000 }, async () => {
  const collector = await startCollector();
  try {
    const run = await wirespan(["doctor", "--device", "lo", "--seconds", "0", "--collector", collector.endpoint]);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /^ok {7}Collector .* accepted a test pair/m);
    const edges = await collector.edgesOf(1);
    const drawn = edges.map(({ client, server, requests }) => [client, server, requests]);
    assert.deepEqual(drawn, [["wirespan-doctor-client", "wirespan-doctor-server", 1]]);
  } finally {
    await collector.stop();
  }
});
