// EDGE: process, fs
// `npm run bench:live-graph`: reads the graphs of many simulated agents as `--live` does, through a real API server and a
// kubelet's port-forward. Ends with exit code 1 when the graph is wrong or a limit is broken.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { agentCluster, VIEWER_RULES } from "../../test/api-server/support/agent-cluster.ts";
import { CONNECTIONS_PER_EDGE, simulatedAgent } from "../../test/graph-source/live/support/simulated-agent.ts";
import { temporaryFolder } from "../../test/support/cli/wirespan.ts";
import { until } from "../../test/support/until.ts";
import { withCleanup } from "../cleanup.ts";
import { optionsOf } from "../options.ts";
import { measure } from "./measure.ts";

const USAGE = `Usage: npm run bench:live-graph -- [options]
  --agents N        agents (200), each on a node of its own
  --edges N         edges of each (500); clients differ from node to node, servers do not
  --no-limits       print only; the exit code is 0 if the graph is right
Exit codes: 0 right, and all limits kept; 1 not; 2 a wrong argument.`;

const options = optionsOf(USAGE, {
  agents: { type: "string", default: "200" },
  edges: { type: "string", default: "500" },
  "no-limits": { type: "boolean", default: false },
});

/** Of the reader, for the default numbers. */
const MAX_SECONDS = 60;
const MAX_BYTES = 700e6;

const say = (text: string) => console.error(`bench:live-graph: ${text}`);
const agents = Number(options.agents);
const edges = Number(options.edges);

await withCleanup(async (cleanup) => {
  const isKept = await bench({ after: (step) => cleanup.add(step) });
  return isKept || options["no-limits"] ? 0 : 1;
});

async function bench(scope: { after(step: () => unknown): void }): Promise<boolean> {
  const cluster = await agentCluster(scope);
  for (let i = 0; i < agents; i++) {
    const node = `node-${i}`;
    const agent = await simulatedAgent(node, edges);
    scope.after(() => agent.close());
    cluster.ports.set(node, agent.port);
    await cluster.addAgent(node);
  }
  const kubeconfig = await cluster.userWith(scope, VIEWER_RULES);
  const file = join(temporaryFolder(scope), "graph.json");
  const live = ["edges", "--live", "--kubeconfig", kubeconfig, "--format", "json", "-o", file];
  const command = ["dist/bin/wirespan", ...live];
  say(`reading ${agents} agents with ${edges} edges each`);
  await until("the rights are applied", async () => (await measure(command)).status === 0);
  rmSync(file);
  const begin = performance.now();
  const { status, cpuSeconds, peakResidentBytes, stderr } = await measure(command);
  const seconds = (performance.now() - begin) / 1_000;
  if (status !== 0) throw new Error(stderr);
  const graph = JSON.parse(readFileSync(file, "utf8")) as {
    readonly observed: readonly unknown[];
    readonly edges: readonly { readonly outcomes: Readonly<Record<string, number>> }[];
  };
  const count = graph.edges.reduce(
    (sum, { outcomes }) => sum + (outcomes.established ?? 0) + (outcomes.refused ?? 0),
    0,
  );
  const isRight = count === agents * edges * CONNECTIONS_PER_EDGE && graph.observed.length === agents;
  console.log(
    [
      `agents ${graph.observed.length}, edges ${graph.edges.length}, connections ${count}${isRight ? "" : ": WRONG"}`,
      `time ${seconds.toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s, memory ${Math.round(peakResidentBytes / 1e6)} MB at most`,
      `port-forwards at a time ${cluster.kubelet.counts.mostOpen}`,
    ].join("\n"),
  );
  return isRight && seconds <= MAX_SECONDS && peakResidentBytes <= MAX_BYTES;
}
