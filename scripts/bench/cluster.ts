// EDGE: process, fs
// `npm run bench:cluster`: what knowing a big cluster takes. A real API server is filled; then `wirespan agent` and the
// plain informers of @kubernetes/client-node watch it, one after the other. Ends with exit code 1 when a limit is broken.
import { readFileSync } from "node:fs";
import Table from "cli-table3";
import { parse } from "yaml";
import { type Kubernetes, startKubernetes } from "../../test/servers/kubernetes.ts";
import { createServiceAccount, type RbacRule, type ServiceAccount } from "../../test/servers/service-account.ts";
import { withCleanup } from "../cleanup.ts";
import { optionsOf } from "../options.ts";
import { type ApiClient, ApiClientRun, cpuSeconds } from "./api-client-run.ts";
import { ClusterFiller } from "./cluster-filler.ts";
import { type ClusterSize, nodeName } from "./crowded-cluster.ts";

const USAGE = `Usage: npm run bench:cluster -- [options]
  --pods N          pods of the big cluster (10000); services, nodes and replicasets go with them: 5, 20, 3 1/3 pods each
  --changes N       pods that end and are replaced while it is watched, three events each (33334)
  --memory          only the memory of the agent, at 100 pods and at --pods
  --no-limits       print only; the exit code is 0
Exit codes: 0 all limits kept; 1 one broken; 2 a wrong argument.`;

const options = optionsOf(USAGE, {
  pods: { type: "string", default: "10000" },
  changes: { type: "string", default: "33334" },
  memory: { type: "boolean", default: false },
  "no-limits": { type: "boolean", default: false },
});

const SMALL: ClusterSize = { nodes: 5, replicaSets: 30, services: 20, pods: 100 };
const MAX_SMALL_BYTES = 95e6;
const MAX_BIG_BYTES = 140e6;
const MAX_SYNC_SECONDS = 15;
/** Memory over the second half of the changes against the first half: owners that ended are remembered for minutes. */
const MAX_GROWTH = 1.1;
const EVENTS_PER_CHANGE = 3;
const SECONDS_PER_HOUR = 3_600;

const say = (text: string) => console.error(`bench:cluster: ${text}`);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const AGENT = [
  "dist/bin/wirespan",
  "agent",
  "--node",
  nodeName(0),
  "--device",
  "lo",
  "--format",
  "json",
  "-o",
  "/dev/null",
];
const isCapturing = (output: string) => output.includes("capturing on");
const CLIENTS: readonly ApiClient[] = [
  { title: "wirespan agent", command: AGENT, isSynced: isCapturing },
  { title: "with --watch-pods node", command: [...AGENT, "--watch-pods", "node"], isSynced: isCapturing },
  {
    title: "plain informers",
    command: [process.execPath, "dist/scripts/bench/plain-informers.js"],
    isSynced: (output) => output.includes("synced"),
  },
];

interface Row {
  readonly title: string;
  readonly smallBytes: number;
  /** Part of it. */
  readonly smallAnonymous: number;
  bigBytes: number;
  bigAnonymous: number;
  /** Part of both. */
  readonly captureBuffer: number;
  syncSeconds: number;
  requests: number;
  startBytes: number;
  startCpuSeconds: number;
  bytesPerChange: number;
  cpuPerChange: number;
  changedBytes: readonly number[];
}

await withCleanup(async (cleanup) => {
  const kubernetes = await startKubernetes();
  cleanup.add(() => kubernetes.stop());
  const broken = await bench(kubernetes);
  for (const sentence of broken) say(sentence);
  return broken.length > 0 && !options["no-limits"] ? 1 : 0;
});

async function bench(kubernetes: Kubernetes): Promise<string[]> {
  const { rules } = parse(readFileSync("charts/wirespan/files/cluster-role.yaml", "utf8")) as { rules: RbacRule[] };
  const account = await createServiceAccount(kubernetes, "bench", rules);
  const filler = new ClusterFiller(kubernetes.admin);
  try {
    await filler.grow(SMALL);
    const rows: Row[] = [];
    const clients = options.memory ? CLIENTS.filter(({ command }) => command[1] === "agent") : CLIENTS;
    for (const client of clients) rows.push(await smallRow(kubernetes, account, client));
    const pods = Number(options.pods);
    const size = { nodes: pods / 20, replicaSets: Math.round(pods * 0.3), services: pods / 5, pods };
    say(`filling the API server with ${pods} pods`);
    await filler.grow(size);
    if (options.memory) {
      for (const [i, client] of clients.entries()) await memoryOfBigCluster(kubernetes, account, client, rows[i]);
      print(rows, null);
      return limitsBroken(rows[0]);
    }
    const idleCpu = await changesAlone(kubernetes, filler);
    for (const [i, client] of CLIENTS.entries()) {
      const row = rows[i];
      if (row !== undefined) await watchBigCluster(kubernetes, account, client, filler, row);
    }
    print(rows, idleCpu);
    return limitsBroken(rows[0]);
  } finally {
    account.close();
  }
}

async function smallRow(kubernetes: Kubernetes, account: ServiceAccount, client: ApiClient): Promise<Row> {
  say(`${client.title} with ${SMALL.pods} pods`);
  const run = await ApiClientRun.start(kubernetes, account, client);
  const smallBytes = await run.restingBytes();
  const smallAnonymous = run.anonymousBytes();
  const captureBuffer = run.captureBufferBytes();
  await run.stop();
  const nothing = { bigBytes: 0, bigAnonymous: 0, syncSeconds: 0, requests: 0, startBytes: 0, startCpuSeconds: 0 };
  return {
    title: client.title,
    smallBytes,
    smallAnonymous,
    captureBuffer,
    ...nothing,
    bytesPerChange: 0,
    cpuPerChange: 0,
    changedBytes: [],
  };
}

async function memoryOfBigCluster(
  kubernetes: Kubernetes,
  account: ServiceAccount,
  client: ApiClient,
  row: Row | undefined,
): Promise<void> {
  if (row === undefined) return;
  say(`${client.title} with ${options.pods} pods`);
  const run = await ApiClientRun.start(kubernetes, account, client);
  row.bigBytes = await run.restingBytes();
  row.bigAnonymous = run.anonymousBytes();
  await run.stop();
}

/** CPU seconds of the API server for one change without a watch. */
async function changesAlone(kubernetes: Kubernetes, filler: ClusterFiller): Promise<number> {
  const changes = Math.ceil(Number(options.changes) / 10);
  const before = cpuSeconds(kubernetes.pid());
  await filler.replace(changes);
  return (cpuSeconds(kubernetes.pid()) - before) / changes;
}

async function watchBigCluster(
  kubernetes: Kubernetes,
  account: ServiceAccount,
  client: ApiClient,
  filler: ClusterFiller,
  row: Row,
): Promise<void> {
  say(`${client.title} with ${options.pods} pods`);
  const run = await ApiClientRun.start(kubernetes, account, client);
  const start = run.cost();
  row.syncSeconds = start.seconds;
  row.requests = start.requests;
  row.startBytes = start.receivedBytes;
  row.startCpuSeconds = start.serverCpuSeconds;
  row.bigBytes = await run.restingBytes();
  row.bigAnonymous = run.anonymousBytes();
  const changes = Number(options.changes);
  const held: number[] = [];
  const before = run.cost();
  for (let tenth = 0; tenth < 10; tenth++) {
    await filler.replace(Math.ceil(changes / 10));
    held.push(await run.busyBytes());
  }
  const after = run.cost();
  row.changedBytes = held;
  row.bytesPerChange = (after.receivedBytes - before.receivedBytes) / changes;
  row.cpuPerChange = (after.serverCpuSeconds - before.serverCpuSeconds) / changes;
  await run.stop();
}

/** `idleCpu`: CPU seconds of the API server for a change without a watch; null: only memory was measured. */
function print(rows: readonly Row[], idleCpu: number | null): void {
  const table = new Table({ head: ["", ...rows.map(({ title }) => title)], style: { head: [], border: [] } });
  const line = (what: string, figure: (row: Row) => string) => table.push([what, ...rows.map(figure)]);
  line(`PSS at ${SMALL.pods} pods`, (row) => megabytes(row.smallBytes));
  line(`PSS at ${options.pods} pods`, (row) => megabytes(row.bigBytes));
  line("of these, heaps and stacks", ({ smallAnonymous, bigAnonymous }) =>
    [smallAnonymous, bigAnonymous].map(megabytes).join(", "),
  );
  line("of both the buffer of the capture", (row) => megabytes(row.captureBuffer));
  line("charged to containers, about", (row) =>
    [row.smallBytes, row.bigBytes].map((bytes) => megabytes(bytes - row.captureBuffer)).join(", "),
  );
  if (idleCpu === null) {
    console.log(table.toString());
    return;
  }
  line("seconds until the cluster is known", (row) => row.syncSeconds.toFixed(1));
  line("requests until then", (row) => String(row.requests));
  line("bytes until then", (row) => megabytes(row.startBytes));
  line("CPU seconds of the API server until then", (row) => row.startCpuSeconds.toFixed(2));
  line("bytes for a pod that is replaced", (row) => (row.bytesPerChange / 1e3).toFixed(1).concat(" kB"));
  line("bytes an hour, a pod replaced each second", (row) => megabytes(row.bytesPerChange * SECONDS_PER_HOUR));
  const milliseconds = (seconds: number) => (seconds * 1e3).toFixed(1);
  line(`CPU ms of the API server for one (${milliseconds(idleCpu)} unwatched)`, (row) =>
    milliseconds(row.cpuPerChange),
  );
  const events = Number(options.changes) * EVENTS_PER_CHANGE;
  line(`PSS over ${events} events, tenth by tenth`, (row) =>
    row.changedBytes.map((b) => (b / 1e6).toFixed(0)).join(" "),
  );
  console.log(table.toString());
}

function limitsBroken(agent: Row | undefined): string[] {
  if (agent === undefined) return ["nothing was measured"];
  const half = agent.changedBytes.length / 2;
  const growth = Math.max(...agent.changedBytes.slice(half)) / Math.max(...agent.changedBytes.slice(0, half));
  return [
    ...(agent.smallBytes > MAX_SMALL_BYTES ? [`${megabytes(agent.smallBytes)} at ${SMALL.pods} pods`] : []),
    ...(agent.bigBytes > MAX_BIG_BYTES ? [`${megabytes(agent.bigBytes)} at ${options.pods} pods`] : []),
    ...(agent.syncSeconds > MAX_SYNC_SECONDS ? [`the cluster is known after ${agent.syncSeconds.toFixed(1)} s`] : []),
    ...(growth > MAX_GROWTH ? [`memory grows by ${growth.toFixed(2)} over the changes`] : []),
  ];
}
