// The graph that an agent keeps for /graph: what a real agent serves, and what a large one costs.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AgentGraph } from "../../src/agent/agent-graph.ts";
import { AgentObservation } from "../../src/agent/agent-observation.ts";
import { readGraphFile } from "../../src/graph/file/read-graph-file.ts";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import { fillGraph } from "../graph-source/live/support/simulated-agent.ts";
import { ended, start } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 120_000 };
const NOW_MICROS = 1_795_000_000_000_000;

async function agentOn(t: TestContext, ...options: string[]): Promise<{ url: string; stop(): Promise<void> }> {
  const agent = ["agent", "--device", "lo", "--no-kubernetes", "--format", "jsonl", "-o", "/dev/null"];
  const env = { OTEL_RESOURCE_ATTRIBUTES: "service.name=agent,k8s.cluster.name=eu%20one" };
  const child = start([...agent, "--listen", "0", ...options], { env });
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  await until("it captures", () => /capturing on/.test(stderr));
  return {
    url: /health and metrics at (\S+)/.exec(stderr)?.[1] ?? "",
    async stop() {
      child.kill("SIGTERM");
      assert.equal((await end).code, 0, stderr);
    },
  };
}

async function readFrom(url: string): Promise<ServiceGraph> {
  let response = await fetch(`${url}/graph`);
  await until("packet time has begun", async () => {
    response = await fetch(`${url}/graph`);
    return response.status === 200;
  });
  return readGraphFile([Buffer.from(await response.arrayBuffer())], "the graph");
}

// What it has seen is held against the truth in test/lab/live-graph.test.ts: the lab has connections that are not loopback.
test("each run of an agent serves a graph as an instance of its own", BOUND, async (t) => {
  const agent = await agentOn(t, "--node", "worker-1");
  const first = await readFrom(agent.url);
  assert.equal(first.cluster, "eu one");
  const [observed] = first.observed;
  assert.match(observed?.instance ?? "", /^worker-1-[\da-f]{8}$/);
  assert.equal(observed?.node, "worker-1");
  const metrics = await (await fetch(`${agent.url}/metrics`)).text();
  assert.match(metrics, /^wirespan_graph_edges 0$/m);
  assert.match(metrics, /^wirespan_graph_requests_total\{result="sent"\} [1-9]/m);
  const later = await readFrom(agent.url);
  assert.equal(later.observed[0]?.instance, observed?.instance);
  await agent.stop();

  const other = await agentOn(t, "--node", "worker-1");
  assert.notEqual((await readFrom(other.url)).observed[0]?.instance, observed?.instance);
  await other.stop();
});

test("with --no-graph there is none, and no memory for it", BOUND, async (t) => {
  const { url, stop } = await agentOn(t, "--no-graph");
  const response = await fetch(`${url}/graph`);
  assert.deepEqual([response.status, await response.text()], [404, "the paths are /livez, /readyz, /metrics\n"]);
  assert.doesNotMatch(await (await fetch(`${url}/metrics`)).text(), /wirespan_graph/);
  await stop();
});

function agentGraph(run: Partial<{ problems: readonly string[]; drops: number }> = {}): AgentGraph {
  const observation = new AgentObservation(() => ({ kernelReceived: 100, kernelDrops: run.drops ?? 0 }));
  const options = { keepNodes: false, hasCluster: true, observed: () => observation.list() };
  const graph = new AgentGraph(options, () => run.problems ?? []);
  assert.equal(graph.chunks(), null);
  observation.start("worker-1");
  assert.equal(graph.chunks(), null);
  observation.advance(NOW_MICROS);
  observation.advance(NOW_MICROS + 5e6);
  return graph;
}

test("losses of the run are in the graph, under the node's name", async () => {
  const graph = agentGraph({ problems: ["the disk is full"], drops: 25 });
  fillGraph(graph, "worker-1", 10);
  const { edges, incomplete, observed } = await readGraphFile([...(graph.chunks() ?? [])].map(toBytes), "the graph");
  assert.equal(edges.length, 10);
  assert.deepEqual(incomplete, ["node worker-1: the disk is full"]);
  assert.deepEqual(
    observed.map(({ fromMicros, toMicros, lossRatio }) => [fromMicros, toMicros, lossRatio]),
    [[NOW_MICROS, NOW_MICROS + 5e6, 0.25]],
  );
});

const toBytes = (chunk: string): Buffer => Buffer.from(chunk);

/** CPU time of this process, since another one may hold up the wall clock. */
function cpuMillis(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

test("no piece of a graph with 50,000 edges takes 250 ms, and interactions may come in between", BOUND, async () => {
  const EDGES = 50_000;
  const graph = agentGraph();
  fillGraph(graph, "worker-1", EDGES + 1);
  const pieces: Buffer[] = [];
  let longest = 0;
  let from = [performance.now(), cpuMillis()] as const;
  const lap = (): void => {
    // Cores that collect garbage beside it add to the CPU time, other processes to the wall clock.
    longest = Math.max(longest, Math.min(performance.now() - from[0], cpuMillis() - from[1]));
    from = [performance.now(), cpuMillis()];
  };
  const chunks = graph.chunks() ?? [];
  lap();
  for (const chunk of chunks) {
    lap();
    pieces.push(Buffer.from(chunk));
    if (pieces.length === 2) fillGraph(graph, "worker-1", 40);
    from = [performance.now(), cpuMillis()];
  }
  assert.ok(pieces.length > 300, `${pieces.length} pieces`);
  assert.ok(longest < 250, `${longest} ms`);
  const { edges, incomplete } = await readGraphFile(pieces, "the graph");
  assert.equal(edges.length, EDGES);
  assert.match(incomplete.join(), /^node worker-1: \d+ interactions dropped: the graph is full \(50000 edges\), /);
});
