import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { verdictLine } from "../../scripts/accuracy/accuracy.ts";
import { judge } from "../../scripts/accuracy/judge.ts";
import { ROLE_RULES } from "../api-server/support/small-cluster.ts";
import { startKubernetes } from "../servers/kubernetes.ts";
import { createServiceAccount } from "../servers/service-account.ts";
import type { WatchEvent } from "./cluster/cluster-life.ts";
import { planShop } from "./cluster/shop.ts";
import { type Lab, startLab } from "./lab.ts";
import { ApiMirror } from "./support/api-mirror.ts";
import { shareApiServer } from "./support/api-on-nodes.ts";
import { type LiveAgents, startAgents } from "./support/live-agents.ts";
import { serviceRanges } from "./support/service-ranges.ts";

const SEED = Number(process.env.WIRESPAN_LAB_SEED ?? 21);
const SECONDS = Number(process.env.WIRESPAN_LAB_SECONDS ?? 16);
/** Longest delay of a report: a resolved name waits for its connection. */
const LAST_VERDICT_MS = 11_000;
/** From there an update goes through the API server, which is slow on a busy machine. */
const LAST_UPDATE_SECONDS = 0.6;
/** Longer than facts wait for the owner of an address. */
const HELD_UP_MS = 3_500;

test("live agents with a real API server report exactly the traffic, though they do not run while it has a new address", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wirespan-live-api-"));
  const plan = planShop(SEED, "bridge", "host-gw");
  // The endpoints of the Service `kubernetes` are the laboratory's.
  const args = [`--service-cluster-ip-range=${serviceRanges(plan)}`, "--endpoint-reconciler-type=none"];
  const kubernetes = await startKubernetes({ args });
  const mirror = new ApiMirror(kubernetes.admin);
  let lab: Lab | null = null;
  t.after(async () => {
    await lab?.stop();
    await kubernetes.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const account = await createServiceAccount(kubernetes, "agent", ROLE_RULES);
  t.after(() => account.close());
  let heldUp: Promise<void> | null = null;
  let agents: LiveAgents | null = null;
  const onEvents = (events: readonly WatchEvent[]) => {
    mirror.write(events);
    // A pod that starts: its address follows after its first packets.
    if (events.some(({ type, object }) => type === "ADDED" && object.kind === "Pod"))
      heldUp ??= agents?.holdUp(HELD_UP_MS) ?? null;
  };
  const place = { network: "bridge", overlay: "host-gw", seed: SEED, seconds: SECONDS, directory } as const;
  lab = await startLab({ ...place, profile: "matrix", onEvents, lastUpdateSeconds: LAST_UPDATE_SECONDS });
  await mirror.fill(lab.listCluster().items);

  await shareApiServer(t, lab, kubernetes.port, directory);
  agents = await startAgents(lab, directory, { args: [], environment: account.environment });
  const truth = await lab.runTraffic();
  assert.ok(heldUp !== null, "no pod started");
  await heldUp;
  await mirror.written();
  await new Promise((resolve) => setTimeout(resolve, LAST_VERDICT_MS));
  const results = await agents.stop();
  for (const { node, exitCode, stderr } of results) assert.equal(exitCode, 0, `the agent of ${node}: ${stderr}`);

  const verdict = judge(
    truth,
    results.flatMap(({ interactions }) => interactions),
  );
  t.diagnostic(verdictLine("real API server", verdict));
  assert.deepEqual(verdict.mistakes, []);
  assert.ok(verdict.visible > 200, `only ${verdict.visible} connections were made`);
});
