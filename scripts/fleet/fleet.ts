// EDGE: process
// `npm run bench:fleet`: what the agents of a big cluster cost its API server. Two hundred clients with the agent's own code
// watch a real API server; what each of them costs is extrapolated to more nodes.
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import Table from "cli-table3";
import { inClusterAccess } from "../../src/kubernetes/client/api-access.ts";
import { ROLE_RULES } from "../../test/api-server/support/small-cluster.ts";
import { type Kubernetes, startKubernetes } from "../../test/servers/kubernetes.ts";
import { createServiceAccount } from "../../test/servers/service-account.ts";
import { cpuSeconds } from "../bench/api-client-run.ts";
import { ClusterFiller } from "../bench/cluster-filler.ts";
import { withCleanup } from "../cleanup.ts";
import { optionsOf } from "../options.ts";
import { type AgentCost, type ClusterLoad, extrapolate, HEARTBEAT_SECONDS } from "./extrapolation.ts";
import { type Scope, WatchClients } from "./watch-clients.ts";

const USAGE = `Usage: npm run bench:fleet -- [options]
  --clients N      simulated agents, one a node (200)
  --pods N         pods of the measured cluster (2000)
  --replaced N     pods replaced while the clients watch, with their endpoints (100)
  --per-second N   how many of them a second (5)
  --scopes LIST    of --watch-pods (cluster,node)
Exit codes: 0 measured; 1 a client could not list the cluster; 2 a wrong argument.`;

const options = optionsOf(USAGE, {
  clients: { type: "string", default: "200" },
  pods: { type: "string", default: "2000" },
  replaced: { type: "string", default: "100" },
  "per-second": { type: "string", default: "5" },
  scopes: { type: "string", default: "cluster,node" },
});
const clients = Number(options.clients);
const replaced = Number(options.replaced);
const measured: ClusterLoad = { nodes: clients, pods: Number(options.pods), replaced: Number(options["per-second"]) };
/** Clusters that are asked about; each pod is replaced once in ten hours. */
const PODS_PER_NODE = 20;
const REPLACED_PER_POD_SECOND = 1 / 36_000;
const ASKED = [200, 1_000, 5_000].map((nodes): ClusterLoad => {
  const pods = nodes * PODS_PER_NODE;
  return { nodes, pods, replaced: pods * REPLACED_PER_POD_SECOND };
});
const QUIET_MILLIS = 1_000;
const REST_MILLIS = 10_000;
const MAX_QUIET_MILLIS = 60_000;

const say = (text: string) => console.error(`bench:fleet: ${text}`);

await withCleanup(async (cleanup) => {
  const kubernetes = await startKubernetes();
  cleanup.add(() => kubernetes.stop());
  await bench(kubernetes);
  return 0;
});

async function bench(server: Kubernetes): Promise<void> {
  const account = await createServiceAccount(server, "fleet", ROLE_RULES);
  const access = inClusterAccess("127.0.0.1", String(server.port), account.folder);
  const filler = new ClusterFiller(server.admin);
  say(`filling the API server with ${measured.nodes} nodes and ${measured.pods} pods`);
  const { nodes, pods } = measured;
  // Each workload has a Service, so that each pod that is replaced changes one.
  const workloads = Math.round(pods * 0.3);
  await filler.grow({ nodes, pods, replicaSets: workloads, services: workloads });
  // First without clients: what the changes cost by themselves.
  const alone = await changes(server, filler, null);
  const costs = new Map<Scope, AgentCost>();
  for (const scope of options.scopes.split(",") as Scope[]) {
    await delay(REST_MILLIS);
    const startedSeconds = Date.now() / 1_000;
    const before = { bytes: residentBytes(server.pid()), cpu: cpuSeconds(server.pid()), at: performance.now() };
    const started = await WatchClients.start(access, scope, clients);
    const seconds = (performance.now() - before.at) / 1_000;
    const startCpu = cpuSeconds(server.pid()) - before.cpu;
    const { bytes, requests } = started.counters();
    const refused = server.requests().filter(({ user, status, receivedSeconds }) => {
      return user === account.user && status >= 400 && receivedSeconds >= startedSeconds;
    });
    say(
      `${clients} clients with --watch-pods ${scope} knew the cluster after ${seconds.toFixed(1)} s, load ${loadavg()[0]?.toFixed(1)}`,
    );
    if (refused.length > 0)
      say(`statuses: ${[...new Set(refused.map(({ status, verb }) => `${verb} ${status}`))].join(", ")}`);
    await delay(REST_MILLIS);
    const serverBytes = residentBytes(server.pid()) - before.bytes;
    const watched = await changes(server, filler, started);
    await started.stop();
    costs.set(scope, {
      watches: started.watches,
      startRequests: requests / clients,
      startRefusals: refused.length / clients,
      startBytes: bytes / clients,
      startCpuSeconds: startCpu / clients,
      serverBytes: serverBytes / clients,
      replacedBytes: watched.replacedBytes / clients,
      replacedCpuSeconds: Math.max(0, watched.replacedCpu - alone.replacedCpu) / clients,
      heartbeatBytes: watched.heartbeatBytes / clients,
      heartbeatCpuSeconds: Math.max(0, watched.heartbeatCpu - alone.heartbeatCpu) / clients,
    });
  }
  account.close();
  print(costs);
}

/** Of one pod that is replaced and of one heartbeat: bytes to all clients, and CPU seconds of the API server. */
async function changes(server: Kubernetes, filler: ClusterFiller, watching: WatchClients | null) {
  const cost = async (times: number, change: (i: number) => Promise<void>) => {
    const bytesBefore = watching?.counters().bytes ?? 0;
    const cpuBefore = cpuSeconds(server.pid());
    const begin = performance.now();
    for (let i = 0; i < times; i++) {
      // At a constant rate, as far as the server keeps up.
      await delay(Math.max(0, begin + (i * 1_000) / measured.replaced - performance.now()));
      await change(i);
    }
    await quiet(watching);
    const bytes = (watching?.counters().bytes ?? 0) - bytesBefore;
    return { bytes: bytes / times, cpu: (cpuSeconds(server.pid()) - cpuBefore) / times };
  };
  const pods = await cost(replaced, () => filler.replaceWithEndpoints());
  const heartbeats = await cost(replaced, (i) => filler.heartbeat(i % measured.nodes));
  return {
    replacedBytes: pods.bytes,
    replacedCpu: pods.cpu,
    heartbeatBytes: heartbeats.bytes,
    heartbeatCpu: heartbeats.cpu,
  };
}

/** When nothing comes any more. */
async function quiet(watching: WatchClients | null): Promise<void> {
  const deadline = performance.now() + MAX_QUIET_MILLIS;
  for (let last = -1; performance.now() < deadline; ) {
    const now = watching?.counters().bytes ?? 0;
    if (now === last) return;
    last = now;
    await delay(QUIET_MILLIS);
  }
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function print(costs: ReadonlyMap<Scope, AgentCost>): void {
  const scopes = [...costs.keys()];
  const one = new Table({ head: ["one agent", ...scopes], style: { head: [], border: [] } });
  const row = (what: string, figure: (cost: AgentCost) => string) =>
    one.push([what, ...[...costs.values()].map(figure)]);
  row("watches", ({ watches }) => watches.toFixed(0));
  row("requests until the cluster is known", ({ startRequests }) => startRequests.toFixed(1));
  row("of them refused", ({ startRefusals }) => startRefusals.toFixed(1));
  row(`bytes until ${measured.nodes} nodes and ${measured.pods} pods are known`, ({ startBytes }) => size(startBytes));
  row("CPU of the API server until then", ({ startCpuSeconds }) => millis(startCpuSeconds));
  row("memory of the API server", ({ serverBytes }) => size(serverBytes));
  row("bytes for a replaced pod", ({ replacedBytes }) => size(replacedBytes));
  row("CPU of the API server for it", ({ replacedCpuSeconds }) => millis(replacedCpuSeconds));
  row("bytes for a Node's heartbeat", ({ heartbeatBytes }) => size(heartbeatBytes));
  row("CPU of the API server for it", ({ heartbeatCpuSeconds }) => millis(heartbeatCpuSeconds));
  console.log(one.toString());
  const fleet = new Table({
    head: [
      "--watch-pods",
      "nodes",
      "pods",
      "replaced/s",
      "watches",
      "bytes/s",
      "of it heartbeats",
      "cores",
      "memory",
      "start of all",
    ],
    style: { head: [], border: [] },
  });
  for (const [scope, cost] of costs) {
    for (const asked of ASKED) {
      const all = extrapolate(cost, measured, asked);
      fleet.push([
        scope,
        asked.nodes,
        asked.pods,
        asked.replaced.toFixed(2),
        all.watches,
        `${size(all.bytesPerSecond)}/s`,
        `${size(all.heartbeatBytesPerSecond)}/s`,
        all.serverCores.toFixed(2),
        size(all.serverBytes),
        `${size(all.startBytes)}, ${all.startCpuSeconds.toFixed(0)} s CPU`,
      ]);
    }
  }
  console.log(fleet.toString());
  console.log(
    `measured with ${clients} clients, ${measured.pods} pods and ${measured.replaced} changes a second; asked about ${PODS_PER_NODE} pods a node, ` +
      `each replaced once in ${1 / REPLACED_PER_POD_SECOND / 3_600} hours, and a heartbeat of each Node every ${HEARTBEAT_SECONDS} s`,
  );
}

function millis(seconds: number): string {
  return `${(seconds * 1e3).toFixed(2)} ms`;
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}
