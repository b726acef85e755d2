// The graph of live agents, read by port-forward through a real API server, against the traffic that the lab made.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { judge } from "../../scripts/accuracy/judge.ts";
import { type Rollout, rollout } from "../../src/answers/rollout/rollout.ts";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import { readLiveGraph } from "../../src/graph-source/live/live-graph.ts";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import type { RolloutCounts } from "../../src/report/rollout-progress.ts";
import { AGENT_NAMESPACE, agentCluster, VIEWER_RULES } from "../api-server/support/agent-cluster.ts";
import { until } from "../support/until.ts";
import { type Lab, startLab } from "./lab.ts";
import { connectOnNode } from "./support/connect-on-node.ts";
import { startAgents } from "./support/live-agents.ts";

const SEED = Number(process.env.WIRESPAN_LAB_SEED ?? 21);
const SECONDS = Number(process.env.WIRESPAN_LAB_SECONDS ?? 12);
/** Longest delay of a report: a resolved name waits for its connection. */
const LAST_VERDICT_MS = 11_000;

test("the graph that --live reads from agents of all nodes has the sums of the lab's truth", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wirespan-live-graph-"));
  let lab: Lab | null = null;
  const cluster = await agentCluster(t, (node, port) => connectOnNode(t, lab as Lab, node, port));
  t.after(async () => {
    await lab?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  lab = await startLab({
    network: "bridge",
    overlay: "host-gw",
    seed: SEED,
    seconds: SECONDS,
    directory,
    profile: "matrix",
  });
  const agents = await startAgents(lab, directory, {
    args: ["--cluster", lab.clusterFile, "--events", lab.eventsFile, "--listen", "19464"],
    environment: {},
  });
  for (const { name } of lab.cluster.nodes) await cluster.addAgent(name);
  const kubeconfig = await cluster.userWith(t, VIEWER_RULES);

  const truth = await lab.runTraffic();
  await new Promise((resolve) => setTimeout(resolve, LAST_VERDICT_MS));
  let graph: ServiceGraph | null = null;
  await until("the rights are applied", async () => {
    graph = await readLiveGraph({ kubeconfig, agentNamespace: AGENT_NAMESPACE }).catch(() => null);
    return graph !== null;
  });
  const results = await agents.stop();
  for (const { node, exitCode, stderr } of results) assert.equal(exitCode, 0, `the agent of ${node}: ${stderr}`);
  const interactions = results.flatMap((result) => result.interactions);
  const verdict = judge(truth, interactions);
  assert.deepEqual(verdict.mistakes, []);
  assert.ok(verdict.visible > 200, `only ${verdict.visible} connections were made`);

  const store = new EdgeStore({ singleUnresolved: true });
  for (const interaction of interactions) store.add(interaction);
  const sums = ({ edges }: Pick<ServiceGraph, "edges">) =>
    edges.map(({ client, server, outcomes, dialledPorts, servedPorts, names, firstSeenMicros, lastSeenMicros }) => [
      [client, server, outcomes],
      [dialledPorts, servedPorts, names],
      [firstSeenMicros, lastSeenMicros],
    ]);
  const read = graph as unknown as ServiceGraph;
  assert.deepEqual(sums(read), sums(store.graph()));
  assert.deepEqual(
    read.observed.map(({ node }) => node),
    lab.cluster.nodes.map(({ name }) => name).toSorted(),
  );
  assert.deepEqual(read.incomplete, []);
  assertRolloutAddsUp(
    results.map(({ stats }) => (stats as { rollout: RolloutCounts }).rollout),
    rollout(read),
  );
  t.diagnostic(`${read.edges.length} edges, ${interactions.length} interactions of ${verdict.visible} connections`);
});

/** Connections of all agents add up to those of the graph; an edge counts once for each agent that reported it. */
function assertRolloutAddsUp(agents: readonly RolloutCounts[], { connections, edges, edgesDone }: Rollout): void {
  const sum = (counts: readonly object[]) => counts.flatMap((one) => Object.values(one)).reduce((a, b) => a + b, 0);
  assert.equal(sum(agents.map((agent) => agent.connections)), connections);
  const edgesByAgent = sum(agents.map((agent) => agent.edges));
  assert.ok(edgesByAgent >= edges && edgesByAgent <= edges * agents.length, `${edgesByAgent} of ${edges} edges`);
  const done = agents.reduce((total, agent) => total + agent.edges.instrumented, 0);
  assert.ok(done >= edgesDone && done <= edgesDone * agents.length, `${done} of ${edgesDone} edges are complete`);
}
