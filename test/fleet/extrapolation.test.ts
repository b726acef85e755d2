import assert from "node:assert/strict";
import { test } from "node:test";
import { type AgentCost, extrapolate } from "../../scripts/fleet/extrapolation.ts";

const AGENT: AgentCost = {
  watches: 6,
  startRequests: 6,
  startRefusals: 0,
  startBytes: 10e6,
  startCpuSeconds: 0.1,
  serverBytes: 1e6,
  replacedBytes: 30e3,
  replacedCpuSeconds: 1e-4,
  heartbeatBytes: 6e3,
  heartbeatCpuSeconds: 2e-5,
};
/** Binary fractions are not exact. */
const near = (actual: number, wanted: number) =>
  assert.ok(Math.abs(actual / wanted - 1) < 1e-9, `${actual}, not ${wanted}`);

const MEASURED = { nodes: 100, pods: 1_900, replaced: 5 };

test("changes go to every agent, so heartbeats grow with the square of the nodes", () => {
  const small = extrapolate(AGENT, MEASURED, { nodes: 100, pods: 1_900, replaced: 1 });
  assert.equal(small.watches, 600);
  near(small.bytesPerSecond, 100 * (30e3 + 2e3));
  near(small.heartbeatBytesPerSecond, 100 * 2e3);
  near(small.serverBytes, 100e6);
  near(small.startBytes, 1_000e6);
  const big = extrapolate(AGENT, MEASURED, { nodes: 1_000, pods: 19_000, replaced: 10 });
  near(big.heartbeatBytesPerSecond, 100 * small.heartbeatBytesPerSecond);
  near(big.startBytes, 100 * small.startBytes);
  assert.equal(big.watches, 10 * small.watches);
});
