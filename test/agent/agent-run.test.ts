// An agent as a process: pending results and pairs are written before it ends; its health meanwhile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AgentRun } from "../../src/agent/agent-run.ts";
import type { ClusterSource } from "../../src/cluster-source/cluster-source.ts";
import { NodeNames } from "../../src/cluster-source/node-names.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { ConfigError } from "../../src/model/errors.ts";
import { acceptingCollector } from "../support/cli/accepting-collector.ts";
import { CLUSTER, capture, file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { dial, liveAgent, OURS, THEIRS } from "./support/live-agent.ts";

const BOUND = { timeout: 60_000 };

for (const format of ["html", "svg", "dot"]) {
  test(`a graph as ${format} is complete before the agent ends`, BOUND, async (t) => {
    const folder = temporaryFolder(t);
    const [live, replayed] = [join(folder, "live"), join(folder, "replayed")];
    const about = [...CLUSTER, "--node", "node-a", "--format", format];
    const runs = await Promise.all([
      wirespan(["agent", "--file", capture("node-a"), ...about, "-o", live]),
      wirespan(["replay", capture("node-a"), ...about, "-o", replayed]),
    ]);
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0],
    );
    const text = readFileSync(live, "utf8");
    assert.ok(text.length > 1_000);
    assert.equal(text, readFileSync(replayed, "utf8"));
  });
}

test(
  "a graph as json is complete before the agent ends: the edges of a replay, and the workloads of its node",
  BOUND,
  async (t) => {
    const folder = temporaryFolder(t);
    const [live, replayed] = [join(folder, "live"), join(folder, "replayed")];
    const about = [...CLUSTER, "--node", "node-a", "--format", "json"];
    await Promise.all([
      wirespan(["agent", "--file", capture("node-a"), ...about, "-o", live]),
      wirespan(["replay", capture("node-a"), ...about, "-o", replayed]),
    ]);
    const [ofAgent, ofReplay] = [readGraph(live), readGraph(replayed)];
    assert.ok(ofAgent.edges.length > 5);
    // A run of an agent is another instance than a recording.
    const edges = ({ edges }: ReadGraph) => edges.map((edge) => ({ ...edge, instance: null }));
    assert.deepEqual(edges(ofAgent), edges(ofReplay));
    const resolvers = ({ nodes }: ReadGraph) =>
      nodes.flatMap(({ id, resolvers }) => (resolvers ? [{ id, resolvers }] : []));
    assert.ok(resolvers(ofAgent).length > 0);
    assert.deepEqual(resolvers(ofAgent), resolvers(ofReplay));
    const ends = new Set(ofAgent.edges.flatMap(({ client, server }) => [client, server]));
    for (const { id, workload = [] } of ofReplay.nodes) {
      const ofNode = ofAgent.nodes.find((node) => node.id === id)?.workload ?? [];
      const counts = workload[0]?.pods.byNode["node-a"];
      if (counts !== undefined) assert.deepEqual(ofNode[0]?.pods, { ...counts, byNode: { "node-a": counts } }, id);
      if (counts === undefined && !ends.has(id)) continue;
      assert.deepEqual(
        ofNode.map(({ scope, selector }) => [scope, selector]),
        workload.map(({ selector }) => ["node-a", selector]),
        id,
      );
    }
  },
);

interface ReadGraph {
  readonly nodes: readonly {
    readonly id: string;
    readonly resolvers?: readonly object[];
    readonly workload?: readonly {
      readonly scope: string | null;
      readonly selector: object | null;
      readonly pods: { readonly byNode: Readonly<Record<string, object>> };
    }[];
  }[];
  readonly edges: readonly { readonly client: string; readonly server: string }[];
}

function readGraph(path: string): ReadGraph {
  return JSON.parse(readFileSync(path, "utf8")) as ReadGraph;
}

test("an open group of aggregated interactions becomes a pair before the agent ends", BOUND, async (t) => {
  const folder = temporaryFolder(t);
  const about = [...CLUSTER, "--node", "node-a", "--format", "json", "-o", "/dev/null", "--aggregate-for", "tempo"];
  const pairsOf = async (command: readonly string[]) => {
    const stats = join(folder, "stats.json");
    const { code, stderr } = await wirespan([...command, ...about, "--stats", stats]);
    assert.equal(code, 0, stderr);
    const { pairs, interactions } = JSON.parse(readFileSync(stats, "utf8"));
    assert.equal(pairs.made + pairs.aggregated + pairs.lookupsRedundant + pairs.bothInstrumented, interactions);
    return pairs;
  };
  assert.deepEqual(await pairsOf(["agent", "--file", capture("node-a")]), await pairsOf(["replay", capture("node-a")]));
});

test("queued pairs are sent before the agent ends, and the number of accepted ones is printed", BOUND, async (t) => {
  const socket = `unix:${join(temporaryFolder(t), "collector")}`;
  const { requests } = await acceptingCollector(t, socket);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: socket, OTEL_BSP_SCHEDULE_DELAY: "60000" };
  const agent = liveAgent(t, ["--otlp"], env);
  await agent.printed("sending span pairs to");
  for (let i = 0; i < 3; i++) dial(agent, 8080);
  await until("the pairs are made", () => (agent.stats()?.pairs.made ?? 0) >= 3);
  assert.equal(requests(), 0);
  const { code, stderr } = await agent.stop();
  assert.equal(code, 0, stderr);
  assert.ok(requests() > 0, stderr);
  const { made, sent } = agent.stats()?.pairs ?? {};
  assert.equal(sent, made);
  assert.match(stderr, new RegExp(`wirespan: ${made} of ${made} span pairs accepted by ${socket}\n`));
});

test("an unreachable Collector is a warning in /readyz, with the reason; the agent stays ready", BOUND, async (t) => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${THEIRS}:4317`, OTEL_BSP_SCHEDULE_DELAY: "50" };
  const agent = liveAgent(t, ["--otlp", "--listen", "9464"], env);
  await agent.printed("sending span pairs to");
  const get = (path: string): string =>
    agent.namespace.run(
      process.execPath,
      "-e",
      `fetch("http://127.0.0.1:9464${path}").then(async (answer) => console.log(answer.status, await answer.text()))`,
    );
  assert.match(get("/readyz"), /^200 ready\n/);
  dial(agent, 8080);
  await agent.printed("refuses the connection");
  const readiness = get("/readyz");
  assert.match(readiness, /^200 ready\n/);
  assert.match(readiness, /^warning: the Collector at .* refuses the connection/m);
  assert.match(get("/metrics"), /^wirespan_exporting 0$/m);
  assert.equal((await agent.stop()).code, 0);
});

test("lookups of the Collector's name are ignored, other lookups of the node are reported", BOUND, async (t) => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.example:4317" };
  const node = { kind: "Node", metadata: { name: "ours" }, status: { addresses: [{ address: OURS }] } };
  const cluster = file(temporaryFolder(t), "cluster.json", JSON.stringify(node));
  const agent = liveAgent(t, ["--otlp", "--format", "jsonl", "--cluster", cluster, "--node", "ours"], env);
  await agent.printed("capturing on any of ours");
  // A question from our address to a server that answers NXDOMAIN.
  const lookUp = (name: string) => {
    const labels = name.split(".").map((label) => String.fromCharCode(label.length) + label);
    const query = Buffer.from(`\0\x07\x01\0\0\x01\0\0\0\0\0\0${labels.join("")}\0\0\x01\0\x01`, "latin1");
    const script = `
      const { createSocket } = require("node:dgram");
      const [server, client] = [createSocket("udp4"), createSocket("udp4")];
      server.on("message", (bytes, { port, address }) => {
        bytes[2] |= 0x80;
        bytes[3] = (bytes[3] & 0xf0) | 3;
        server.send(bytes, port, address);
      });
      client.on("message", () => process.exit());
      server.bind(53, "${THEIRS}", () =>
        client.bind(0, "${OURS}", () => client.send(Buffer.from("${query.toString("hex")}", "hex"), 53, "${THEIRS}")));`;
    agent.namespace.run(process.execPath, "-e", script);
  };
  for (const name of ["collector.example", "other.example"]) lookUp(name);
  await until("both lookups are known", () => (agent.stats()?.facts.lookups ?? 0) >= 2);
  const { code, stdout, stderr } = await agent.stop();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /"client":\{"type":"node","name":"ours"\}.*"name":"other\.example"/);
  assert.doesNotMatch(stdout, /collector\.example/);
});

/** A cluster without objects. */
function emptyCluster(changes: Partial<ClusterSource>): ClusterSource {
  return {
    feed: new ClusterFeed([], []),
    hasCluster: true,
    noClusterReason: null,
    apiServer: null,
    start: async () => new NodeNames([]),
    applyUpdates() {},
    problems: () => [],
    watches: () => null,
    eventCounters: () => null,
    apiCounters: () => null,
    close: async () => {},
    ...changes,
  };
}

function agentRun(cluster: ClusterSource, identify: (nodes: NodeNames) => string | null, stats?: string): AgentRun {
  const pairs = { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: false };
  return new AgentRun({
    source: { type: "device", device: "lo" },
    cluster,
    identify,
    settings: { agents: null, dnsPorts: [53], externalCidrs: [], clusterDomain: "cluster.local" },
    destinations: {
      format: null,
      otlp: null,
      pairs,
      output: undefined,
      keepNodes: false,
      listen: [],
      servesGraph: false,
      stats,
    },
  });
}

test("an agent ends with an error when the cluster becomes known later and does not have its node", BOUND, async () => {
  let reads = 0;
  let reportNodes: (nodes: NodeNames) => void = () => {};
  const cluster = emptyCluster({
    async start(problems) {
      reportNodes = problems.nodes;
      return new NodeNames([]);
    },
    applyUpdates() {
      if (reads++ === 2) reportNodes(new NodeNames(["theirs"]));
    },
  });
  const identify = (nodes: NodeNames): string => {
    nodes.check("ours", null);
    return "ours";
  };
  await assert.rejects(
    agentRun(cluster, identify).untilStopped(),
    (error) => error instanceof ConfigError && /"ours" is not in the cluster; its nodes are theirs/.test(error.message),
  );
});

test("an agent that is stopped before it captures writes its counters, and what is missing", BOUND, async (t) => {
  const stats = join(temporaryFolder(t), "stats.json");
  const cluster = emptyCluster({
    async start(_, stopping) {
      // A signal alone does not keep the event loop alive.
      const alive = setInterval(() => {}, 1_000);
      process.kill(process.pid, "SIGTERM");
      await once(stopping, "abort");
      clearInterval(alive);
      return new NodeNames([]);
    },
  });
  assert.equal(await agentRun(cluster, () => assert.fail("it captures"), stats).untilStopped(), 1);
  const { wirespan, packets, interactions, sensor, pairs, problems } = JSON.parse(readFileSync(stats, "utf8"));
  assert.deepEqual([wirespan, packets, interactions, sensor.starts, pairs.made], ["stats", 0, 0, 0, 0]);
  assert.deepEqual(problems, ["stopped before any packet was captured"]);
});
