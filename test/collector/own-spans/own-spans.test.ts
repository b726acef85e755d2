// Applications with the real OpenTelemetry SDK beside dark ones, an agent on their node, and a real Collector.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startServer } from "../../servers/server-process.ts";
import { serverProgram } from "../../servers/server-programs.ts";
import { CLI, cleanEnvironment, temporaryFolder } from "../../support/cli/wirespan.ts";
import { deployed, node as nodeObject } from "../../support/cluster/cluster-objects.ts";
import type { NetworkNamespace } from "../../support/network-namespace.ts";
import { until } from "../../support/until.ts";
import { countedEdges } from "../support/counted-edges.ts";
import { parsePrometheusText } from "../support/prometheus-text.ts";
import { NODE_ADDRESS, nodeWithPods, POD_RANGE } from "./node-with-pods.ts";

const REQUESTS = 20;
const SERVICE = fileURLToPath(new URL("./service.js", import.meta.url));
const ADDRESS = {
  visitor: "10.244.1.2",
  front: "10.244.1.3",
  cart: "10.244.1.4",
  db: "10.244.1.5",
  tempo: "10.244.1.8",
  collector: "10.244.1.9",
};
const ENDPOINT = `http://${ADDRESS.collector}:4317`;
const VISIT = fileURLToPath(new URL("./visit.js", import.meta.url));
const visit = (from: NetworkNamespace, url: string, times: number) =>
  from.run(process.execPath, VISIT, url, String(times));
const urlOf = (name: keyof typeof ADDRESS) => `http://${ADDRESS[name]}:8080/`;

/** The cluster as a file: `cart` says in its spec that it is instrumented, `front` does not. */
function clusterFile(folder: string): string {
  const says = [{ name: "main", env: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: ENDPOINT }] }];
  const pods = Object.entries(ADDRESS).flatMap(([name, ip]) =>
    deployed(`shop/${name}`, { ip, node: "worker-1", ...(name === "cart" ? { containers: says } : {}) }),
  );
  const path = join(folder, "cluster.json");
  const items = [nodeObject("worker-1", NODE_ADDRESS, POD_RANGE), ...pods];
  writeFileSync(path, JSON.stringify({ kind: "List", items: items.map((item) => ({ apiVersion: "v1", ...item })) }));
  return path;
}

function started(
  t: TestContext,
  where: NetworkNamespace,
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  const child = spawn("ip", ["netns", "exec", where.name, process.execPath, ...args], {
    env: cleanEnvironment(env),
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

/** Resolves when the service listens, and an instrumented one has sent its first span. */
async function service(
  t: TestContext,
  where: NetworkNamespace,
  name: string,
  isInstrumented: boolean,
  urls: readonly string[],
) {
  const env = { OTEL_SERVICE_NAME: name, SERVICE_NAMESPACE: "shop", OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT };
  const child = started(t, where, [SERVICE, "8080", ...urls], isInstrumented ? env : {});
  if (child.stdout !== null) await once(child.stdout, "data");
}

/** A Collector with the configuration that the repository ships, which sends traces on to `tempo`. */
async function collectorIn(t: TestContext, pod: NetworkNamespace, tempo: string): Promise<(port: number) => string> {
  const get = (port: number) => visit(pod, `http://127.0.0.1:${port}/metrics`, 1);
  const program = await serverProgram("collector", "otelcol");
  const server = await startServer({
    name: "the Collector",
    program: "ip",
    args: ["netns", "exec", pod.name, program, "--config", "collector-config/collector.yaml"],
    env: { WIRESPAN_METRICS_FLUSH_INTERVAL: "200ms", WIRESPAN_TEMPO_ENDPOINT: tempo },
    isReady: async () => get(8888) !== "",
  });
  t.after(() => server.stop("SIGKILL"));
  return get;
}

test("own spans and pairs draw one node a workload: no edge twice, and none missing to a dark neighbour", {
  timeout: 180_000,
}, async (t) => {
  const folder = temporaryFolder(t);
  const { node, addPod } = nodeWithPods(t);
  const pods = Object.fromEntries(Object.entries(ADDRESS).map(([name, address]) => [name, addPod(address)]));
  const { visitor, front, cart, db, tempo, collector } = pods;
  assert.ok(visitor && front && cart && db && tempo && collector);
  const metrics = await collectorIn(t, collector, `${ADDRESS.tempo}:4317`);
  const edges = () => countedEdges(parsePrometheusText(metrics(8889)));

  const [stats, graph] = [join(folder, "stats.json"), join(folder, "graph.json")];
  const sees = ["--cluster", clusterFile(folder), "--node", "worker-1", "--agents", "worker-1", "--otlp"];
  const agent = started(t, node, [CLI, "agent", ...sees, "--stats", stats, "-o", graph], {
    OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
  });
  const counters = () => (existsSync(stats) ? JSON.parse(readFileSync(stats, "utf8")) : null);
  await until("the agent captures", () => counters() !== null);

  // Any OTLP receiver will do in Tempo's place: what counts is that the Collector connects to it.
  const received = await collectorIn(t, tempo, "127.0.0.1:1");
  await service(t, db, "db", false, []);
  await service(t, cart, "cart", true, [urlOf("db")]);
  await service(t, front, "front", true, [urlOf("cart")]);
  await until("both connections to the Collector are reported", () => counters().interactions >= 2);
  visit(visitor, urlOf("front"), REQUESTS);

  const requests = (client: string, server: string) =>
    edges().find((edge) => edge.client === client && edge.server === server)?.requests ?? 0;
  await until(
    "the dark ends' edges are counted",
    () => requests("visitor", "front") >= REQUESTS && requests("cart", "db") >= REQUESTS,
  );
  await until("the instrumented edge is counted", () => requests("front", "cart") >= REQUESTS);
  await until("the Collector has sent on", () => /^otelcol_receiver_accepted_spans.* [1-9]/m.test(received(8888)));
  agent.kill("SIGTERM");
  await once(agent, "exit");
  const counted = counters();

  const drawn = edges().map(({ client, server, requests: count }) => `${client} -> ${server} ${count}`);
  t.diagnostic(drawn.join(", "));
  // An application's own SERVER span without a parent is drawn as called by "user": that is not ours.
  const ours = drawn.filter((edge) => !edge.startsWith("user "));
  assert.deepEqual(
    ours,
    [
      "cart -> collector 1",
      `cart -> db ${REQUESTS}`,
      "front -> collector 1",
      `front -> cart ${REQUESTS}`,
      `visitor -> front ${REQUESTS}`,
    ].toSorted(),
  );
  assert.equal(counted.pairs.bothInstrumented, REQUESTS);
  // The agent's connection to the Collector, and the Collector's to Tempo.
  assert.ok(counted.factsIgnored.own_traffic >= 2, JSON.stringify(counted.factsIgnored));
  const { edges: results } = JSON.parse(readFileSync(graph, "utf8"));
  const drawers = results.filter(({ client }: { client: string }) => /node|collector|tempo/.test(client));
  assert.deepEqual(drawers, [], "the graph shows how it is made");
  const bothInstrumented = results.map(({ client, server, bothInstrumented: count }: Record<string, unknown>) => [
    client,
    server,
    count,
  ]);
  assert.deepEqual(
    bothInstrumented.filter(([, , count]: unknown[]) => count !== 0),
    [["workload/shop/front", "workload/shop/cart", REQUESTS]],
  );
});
