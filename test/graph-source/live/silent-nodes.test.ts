import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentPod } from "../../../src/graph-source/live/agent-pods.ts";
import { type AgentAnswer, readAgents } from "../../../src/graph-source/live/read-agents.ts";
import { NoGraph } from "../../../src/graph-source/live/request-graph.ts";
import { silentNodes } from "../../../src/graph-source/live/silent-nodes.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";

const GRAPH: ServiceGraph = { cluster: null, incomplete: [], observed: [], nodes: [], edges: [] };

function agent(node: string, more: Partial<AgentPod> = {}): AgentPod {
  const pod = {
    namespace: "obs",
    name: `agent-${node}`,
    node,
    port: 19464,
    phase: "Running",
    isTerminating: false,
    problem: null,
  };
  return { ...pod, ...more };
}

const answered = (pod: AgentPod): AgentAnswer => ({ pod, graph: GRAPH, reason: null });
const silent = (pod: AgentPod, reason: string): AgentAnswer => ({ pod, graph: null, reason });

test("agents without an answer are listed by reason, at most ten by name", () => {
  const many = Array.from({ length: 12 }, (_, i) => silent(agent(`n${i}`), "slow"));
  const shown = Array.from({ length: 10 }, (_, i) => `n${i} (obs/agent-n${i})`).join(", ");
  assert.deepEqual(silentNodes([answered(agent("a")), silent(agent("b"), "gone"), ...many], ["a"]), [
    "no graph from agent b (obs/agent-b): gone",
    `no graph from 12 agents ${shown} and 2 more: slow`,
  ]);
});

test("nodes without an agent are named, if the nodes are known", () => {
  const answers = [answered(agent("a")), silent(agent("b"), "gone")];
  assert.deepEqual(silentNodes(answers, null), ["no graph from agent b (obs/agent-b): gone"]);
  assert.deepEqual(silentNodes(answers, ["a", "b", "c", "d"]).slice(1), [
    "no agent runs on nodes c, d: connections from there are missing",
  ]);
});

test("an agent that ends is not missing while its successor answers; two that stay are reported", () => {
  const ending = agent("a", { name: "old", isTerminating: true });
  assert.deepEqual(silentNodes([silent(ending, "gone"), answered(agent("a"))], ["a"]), []);
  assert.deepEqual(silentNodes([answered(ending), answered(agent("a"))], ["a"]), []);
  assert.deepEqual(silentNodes([answered(agent("a")), answered(agent("a", { namespace: "other" }))], null), [
    "several agents run on node a, so connections are counted more than once; choose an installation with --agent-namespace",
  ]);
});

test("a few agents are read at a time, and each answer has its pod", async () => {
  const pods = Array.from({ length: 50 }, (_, i) => agent(`n${i}`));
  let open = 0;
  let most = 0;
  let count = 0;
  const answers = await readAgents(
    pods,
    async ({ node }) => {
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      open--;
      if (node === "n7") throw new NoGraph("it did not answer in time");
      return { ...GRAPH, cluster: node };
    },
    () => count++,
  );
  assert.equal(most, 8);
  assert.equal(count, 50);
  assert.deepEqual(
    answers.map(({ pod, graph, reason }) => [pod.node, graph?.cluster ?? reason]),
    pods.map(({ node }) => [node, node === "n7" ? "it did not answer in time" : node]),
  );
});

test("a pod that does not run, or has no port, is not asked", async () => {
  const pods = [agent("a", { phase: "Pending" }), agent("b", { port: null })];
  const answers = await readAgents(
    pods,
    () => assert.fail("asked"),
    () => {},
  );
  assert.deepEqual(
    answers.map(({ reason }) => reason),
    ["its pod is Pending", "its pod has no port named health: set health.port of the chart"],
  );
});

test("another error ends the reading", async () => {
  const broken = readAgents(
    [agent("a")],
    () => Promise.reject(new TypeError("a fault")),
    () => {},
  );
  await assert.rejects(broken, TypeError);
});
