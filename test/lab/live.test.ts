import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { verdictLine } from "../../scripts/accuracy/accuracy.ts";
import { judge } from "../../scripts/accuracy/judge.ts";
import type { NetworkKind, OverlayKind } from "./cluster/cluster-plan.ts";
import { type Lab, startLab } from "./lab.ts";
import type { TimestampUse } from "./network/network-commands.ts";
import { type SensorForm, startAgents } from "./support/live-agents.ts";

// Another seed, another cluster: names, places, subnets, order of the traffic.
const SEED = Number(process.env.WIRESPAN_LAB_SEED ?? 11);
const SECONDS = Number(process.env.WIRESPAN_LAB_SECONDS ?? 12);
/** The longest time until an agent reports an interaction: a resolved name waits for its connection. */
const LAST_VERDICT_MS = 11_000;

const NETWORKS: readonly (readonly [NetworkKind, OverlayKind, TimestampUse, SensorForm])[] = [
  ["bridge", "host-gw", "all", "child"],
  ["ptp", "host-gw", "all", "child"],
  ["bridge", "vxlan", "all", "child"],
  // Windows sends no timestamps by default: node ports and hairpins translate both ends, and no timestamp joins the tuples.
  ["bridge", "host-gw", "nodes", "child"],
  ["ptp", "vxlan", "nodes", "child"],
  ["bridge", "host-gw", "all", "socket"],
];

for (const [i, [network, overlay, timestamps, form]] of NETWORKS.entries()) {
  const variant = `${timestamps === "nodes" ? ", without TCP timestamps" : ""}${form === "socket" ? ", sensors through sockets" : ""}`;
  test(`live agents report exactly what happened: ${network} network over ${overlay}${variant}`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "wirespan-live-"));
    let lab: Lab | null = null;
    t.after(async () => {
      await lab?.stop();
      rmSync(directory, { recursive: true, force: true });
    });
    const seed = SEED + i;
    lab = await startLab({ network, overlay, timestamps, seed, seconds: SECONDS, profile: "matrix", directory });
    const agents = await startAgents(lab, directory, undefined, form);
    const truth = await lab.runTraffic();
    await new Promise((resolve) => setTimeout(resolve, LAST_VERDICT_MS));
    const results = await agents.stop();
    for (const { node, exitCode, stderr } of results) assert.equal(exitCode, 0, `the agent of ${node}: ${stderr}`);

    const interactions = results.flatMap((result) => result.interactions);
    const verdict = judge(truth, interactions);
    t.diagnostic(verdictLine(`${network} ${overlay}${variant}`, verdict));
    assert.deepEqual(verdict.mistakes, []);
    assert.ok(verdict.visible > 200, `only ${verdict.visible} connections were made`);
  });
}
