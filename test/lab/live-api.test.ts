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
import type { LabCluster } from "./cluster/cluster-plan.ts";
import { planShop } from "./cluster/shop.ts";
import { type Lab, startLab } from "./lab.ts";
import { ApiMirror } from "./support/api-mirror.ts";
import { waitForLine } from "./support/commands.ts";
import { startAgents } from "./support/live-agents.ts";
import { RELAY, shareLoopback } from "./support/shared-loopback.ts";

const SEED = Number(process.env.WIRESPAN_LAB_SEED ?? 21);
const SECONDS = Number(process.env.WIRESPAN_LAB_SECONDS ?? 12);
/** Longest delay of a report: a resolved name waits for its connection. */
const LAST_VERDICT_MS = 11_000;

/** The ranges that hold the cluster's Services, as the API server takes them. */
function serviceRanges({ services }: LabCluster): string {
  const kubernetes = services.find(({ name }) => name === "kubernetes")?.clusterIp;
  if (kubernetes == null) throw new Error("a cluster without the Service kubernetes");
  return `${kubernetes.v4.replace(/\.\d+$/, ".0")}/24,${kubernetes.v6.replace(/:[^:]*$/, ":0")}/112`;
}

test("live agents with a real API server report exactly the traffic", async (t) => {
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
  const place = { network: "bridge", overlay: "host-gw", seed: SEED, seconds: SECONDS, directory } as const;
  lab = await startLab({ ...place, profile: "matrix", onEvents: (events) => mirror.write(events) });
  await mirror.fill(lab.listCluster().items);

  const socket = join(directory, "api.sock");
  const shared = shareLoopback(socket, kubernetes.port);
  t.after(() => shared.close());
  for (const { name } of lab.cluster.nodes) {
    const command = [process.execPath, RELAY, String(kubernetes.port), socket];
    const relay = lab.spawnOnNode(name, command, { stdio: ["ignore", "pipe", "inherit"] });
    await waitForLine(relay, "stdout", "listening");
  }
  const agents = await startAgents(lab, directory, { args: [], environment: account.environment });
  const truth = await lab.runTraffic();
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
