// The graph of running agents through a real API server, with the rights of the user: what answers is merged exactly, what
// does not is named.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { READ_LIMITS } from "../../src/graph-source/live/agent-reader.ts";
import { readLiveGraph } from "../../src/graph-source/live/live-graph.ts";
import { ConfigError } from "../../src/model/errors.ts";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import { CONNECTIONS_PER_EDGE, simulatedAgent } from "../graph-source/live/support/simulated-agent.ts";
import { wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { AGENT_NAMESPACE, type AgentCluster, agentCluster, VIEWER_RULES } from "./support/agent-cluster.ts";

const BOUND = { timeout: 300_000 };
const RUN_AGENT = fileURLToPath(new URL("../graph-source/live/support/run-agent.js", import.meta.url));

async function addAgent(t: TestContext, cluster: AgentCluster, node: string, edges: number): Promise<void> {
  const agent = await simulatedAgent(node, edges);
  t.after(() => agent.close());
  cluster.ports.set(node, agent.port);
  await cluster.addAgent(node);
}

/** Resolves when the API server applies the user's rights. */
async function applied(kubeconfig: string): Promise<string> {
  const isApplied = () =>
    readLiveGraph({ kubeconfig }).then(
      () => true,
      (error: Error) => !/cannot|forbids/.test(error.message),
    );
  await until("the rights are applied", isApplied);
  return kubeconfig;
}

function interactions({ edges }: ServiceGraph): number {
  return edges.reduce((sum, { outcomes }) => sum + outcomes.established + outcomes.refused, 0);
}

async function sentenceOf(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => null,
    (reason) => reason,
  );
  assert.ok(error instanceof ConfigError, String(error));
  assert.doesNotMatch(error.message, /\n/);
  return error.message;
}

test("a viewer with the chart's Role gets the sum of all agents", BOUND, async (t) => {
  const cluster = await agentCluster(t);
  const sizes = new Map([
    ["a", 130],
    ["b", 7],
    ["c", 1_000],
  ]);
  for (const [node, edges] of sizes) await addAgent(t, cluster, node, edges);
  const kubeconfig = await applied(await cluster.userWith(t, VIEWER_RULES));
  const graph = await readLiveGraph({ kubeconfig });
  assert.deepEqual(graph.incomplete, []);
  assert.equal(graph.edges.length, 1_137);
  assert.equal(interactions(graph), 1_137 * CONNECTIONS_PER_EDGE);
  assert.deepEqual(
    graph.observed.map(({ node }) => node),
    ["a", "b", "c"],
  );
  for (const { instance, node } of graph.observed) {
    assert.match(instance, new RegExp(`^${node}-[\\da-f]{8}$`));
    const own = graph.edges.filter(({ parts }) => parts.some((part) => part.instance === instance));
    assert.equal(own.length, sizes.get(node ?? ""));
  }
  const again = await readLiveGraph({ kubeconfig });
  assert.deepEqual(again.edges, graph.edges);
  assert.ok(cluster.kubelet.counts.mostOpen <= 8);

  const run = await wirespan(["edges", "--live", "--kubeconfig", kubeconfig, "-o", "json"]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(
    run.stderr,
    /^wirespan: this user cannot list pods in all namespaces: looking for agents in namespace observability; [^\n]+\n$/,
  );
  assert.equal(JSON.parse(run.stdout).edges.length, 1_137);
});

async function agentProcess(t: TestContext, cluster: AgentCluster, node: string, edges: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [RUN_AGENT, node, String(edges)], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const [port] = await once(child.stdout as NodeJS.ReadableStream, "data");
  cluster.ports.set(node, Number(port));
  await cluster.addAgent(node);
  return child;
}

test("an agent that is killed in the middle of a read is named, and the others' edges are there", BOUND, async (t) => {
  const cluster = await agentCluster(t);
  await addAgent(t, cluster, "a", 50);
  const victim = await agentProcess(t, cluster, "b", 20_000);
  await addAgent(t, cluster, "c", 60);
  let killed = false;
  cluster.onFirstBytes = (node) => {
    if (node === "b") killed = victim.kill("SIGKILL");
  };
  const run = await wirespan(["edges", "--live", "--kubeconfig", cluster.adminConfig, "-o", "json"]);
  assert.ok(killed);
  const missing = `no graph from agent b (${AGENT_NAMESPACE}/agent-b): the connection ended in the middle of the graph`;
  assert.equal(run.code, 1, run.stderr);
  assert.equal(run.stderr, `wirespan: incomplete: ${missing}\n`);
  const graph = JSON.parse(run.stdout);
  assert.deepEqual(graph.incomplete, [missing]);
  assert.equal(graph.edges.length, 110);
});

test("each silent agent is named with its reason, and so is a node without one", BOUND, async (t) => {
  const cluster = await agentCluster(t);
  const { kubelet, kubernetes } = cluster;
  await addAgent(t, cluster, "a", 10);
  await cluster.addAgent("refusing");
  await cluster.addAgent("starting", { status: { phase: "Pending" } });
  const image = { name: "agent", ready: false, restartCount: 0, image: "", imageID: "" };
  const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "wirespan"' };
  await cluster.addAgent("unpulled", {
    status: { phase: "Pending", containerStatuses: [{ ...image, state: { waiting } }] },
  });
  const lastState = { terminated: { exitCode: 137, reason: "OOMKilled", message: "the first line of its log" } };
  const backOff = { waiting: { reason: "CrashLoopBackOff" } };
  const containerStatuses = [{ ...image, restartCount: 3, state: backOff, lastState }];
  await cluster.addAgent("small", { status: { phase: "Running", containerStatuses } });
  await kubelet.createNode("bare");
  await cluster.addAgent("dead");
  await kubernetes.admin.patchStatus(
    { apiVersion: "v1", kind: "Node", metadata: { name: "dead" } },
    {
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
    },
  );
  const { incomplete, edges } = await readLiveGraph({ kubeconfig: cluster.adminConfig });
  assert.equal(edges.length, 10);
  assert.deepEqual(incomplete, [
    "no agent runs on node bare: connections from there are missing",
    "no graph from agent dead (observability/agent-dead): the API server does not reach the kubelet of its node",
    "no graph from agent refusing (observability/agent-refusing): no process listens at its health port on loopback",
    "no graph from agent small (observability/agent-small): no process listens at its health port on loopback (container agent: CrashLoopBackOff: OOMKilled; raise its memory limit)",
    "no graph from agent starting (observability/agent-starting): its pod is Pending",
    'no graph from agent unpulled (observability/agent-unpulled): its pod is Pending (container agent: ImagePullBackOff: Back-off pulling image "wirespan")',
  ]);

  kubelet.freeze();
  const limits = { ...READ_LIMITS, totalMillis: 500 };
  const sentence = await sentenceOf(readLiveGraph({ kubeconfig: cluster.adminConfig }, { limits }));
  assert.match(
    sentence,
    /^no graph from agents a \(observability\/agent-a\), refusing \([^;]+: it did not answer in time; /,
  );
});

test("the chart is installed and no pod is admitted: the DaemonSet and its reason are named", BOUND, async (t) => {
  const { kubernetes, adminConfig } = await agentCluster(t);
  const labels = { "app.kubernetes.io/name": "wirespan" };
  const metadata = { name: "wirespan", namespace: AGENT_NAMESPACE, labels };
  const spec = { containers: [{ name: "agent", image: "wirespan" }] };
  const daemonSet = await kubernetes.admin.create({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
  const counts = { numberMisscheduled: 0, currentNumberScheduled: 0, numberReady: 0, desiredNumberScheduled: 2 };
  await kubernetes.admin.patchStatus(daemonSet, counts);
  const refused = 'Error creating: pods "wirespan-a" is forbidden: violates PodSecurity "restricted:latest"';
  await kubernetes.admin.create({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "refused", namespace: AGENT_NAMESPACE },
    type: "Warning",
    reason: "FailedCreate",
    message: refused,
    involvedObject: { apiVersion: "apps/v1", kind: "DaemonSet", ...metadata },
  });
  const label = `kubectl label namespace ${AGENT_NAMESPACE} pod-security.kubernetes.io/enforce=privileged --overwrite`;
  assert.equal(
    await sentenceOf(readLiveGraph({ kubeconfig: adminConfig })),
    `DaemonSet ${AGENT_NAMESPACE}/wirespan: 0 of 2 agents are ready, because FailedCreate: ${refused}; allow it: ${label}`,
  );
});

test(
  "a missing right is named with verb, resource and namespace, and no agent is asked again and again",
  BOUND,
  async (t) => {
    const cluster = await agentCluster(t);
    for (const node of Array.from({ length: 30 }, (_, i) => `n${i}`)) await cluster.addAgent(node);
    const listing = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];
    const role = "bind the Role that the chart creates with viewer.create and viewer.subjects";
    const canList = await cluster.userWith(t, listing);
    let sentence = "";
    await until("pods are listed", async () => {
      sentence = await sentenceOf(readLiveGraph({ kubeconfig: canList }));
      return /portforward/.test(sentence);
    });
    // An API server before 1.35 asks for `get` where a WebSocket is opened.
    assert.match(
      sentence,
      new RegExp(
        `: the API server forbids this user to (get|create) pods/portforward in namespace observability; ${role}, or allow \\1 on pods/portforward$`,
      ),
    );
    const requests = cluster.kubernetes.requests().filter(({ uri }) => uri.includes("portforward"));
    assert.ok(requests.length <= 16, `${requests.length} requests`);

    const nothing = await cluster.userWith(t, []);
    assert.equal(
      await sentenceOf(readLiveGraph({ kubeconfig: nothing })),
      `the API server forbids this user to list pods in namespace observability; ${role}, or allow list on pods`,
    );
    const elsewhere = await sentenceOf(readLiveGraph({ kubeconfig: cluster.adminConfig, agentNamespace: "default" }));
    assert.match(
      elsewhere,
      /^no agents found in namespace default \(pods with the label [^)]+\); install the chart, or /,
    );
    await cluster.kubernetes.kill();
    assert.match(
      await sentenceOf(readLiveGraph({ kubeconfig: cluster.adminConfig })),
      /^the API server at https:\/\/127\.0\.0\.1:\d+ does not answer; check that this machine reaches it \(kubeconfig \S+\)$/,
    );
  },
);
