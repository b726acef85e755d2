// `--live` on a real cluster: the chart's viewer Role, a real kubelet's port-forward, and what pods wrote down.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { CountedEdge } from "../collector/support/counted-edges.ts";
import { serverProgram } from "../servers/server-programs.ts";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";
import type { Call } from "./pods/traffic-program.ts";
import { Bed, type CommandResult } from "./support/bed.ts";
import { type Comparison, compare, isEqual, table } from "./support/compare.ts";
import { AGENTS, installChart, OBSERVABILITY, observabilityNamespace, podsOf } from "./support/observability.ts";
import { deployment, SHOP, service, trafficBase } from "./support/workloads.ts";

const CALLS: readonly Call[] = [
  { scenario: "ClusterIP", host: "web", port: 80, family: 4, times: 20 },
  { scenario: "refused by an empty Service", host: "empty", port: 80, family: 4, times: 5, server: "shop/empty" },
];
const VIEWER = { kind: "ServiceAccount", name: "viewer", namespace: OBSERVABILITY };

/** A connection to the port of `/graph`, 19464, on loopback, in /proc/net/tcp. */
const ESTABLISHED = / 0100007F:4C08 \S+ 01 /;

const BEFORE_START = /^node \S+: the kernel dropped \d+ packets/;

let bed: Bed;
before(async () => {
  bed = await Bed.start({ nodes: 2 });
});
after(() => bed?.stop());

/** A kubeconfig of the service account. */
async function configOf(account: string): Promise<string> {
  const token = await bed.kubectl("-n", OBSERVABILITY, "create", "token", account);
  const config = JSON.parse(await bed.kubectl("config", "view", "--raw", "--minify", "-o", "json"));
  config.users[0].user = { token: token.trim() };
  config.contexts[0].context.namespace = OBSERVABILITY;
  const path = join(bed.state, `${account}.kubeconfig`);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

interface FileEdge {
  readonly client: string;
  readonly server: string;
  readonly outcomes: Readonly<Record<string, number>>;
}

function counted({ client, server, outcomes }: FileEdge): CountedEdge {
  // `type/namespace/name`.
  const [, clientNamespace = "", clientName = ""] = client.split("/");
  const [, serverNamespace = "", serverName = ""] = server.split("/");
  const established = outcomes.established ?? 0;
  const requests = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const ends = { client: clientName, clientNamespace, server: serverName, serverNamespace };
  return { ...ends, requests, failed: requests - established } as CountedEdge;
}

/** `kubectl wirespan`, as a plugin that kubectl finds in PATH. */
async function kubectlWirespan(...args: readonly string[]): Promise<CommandResult> {
  const plugins = join(bed.state, "plugins");
  mkdirSync(plugins, { recursive: true });
  const plugin = join(plugins, "kubectl-wirespan");
  if (!existsSync(plugin)) symlinkSync(join(repositoryRoot, "dist/bin/wirespan"), plugin);
  const kubectl = await serverProgram("kubernetes", "kubectl");
  return bed.run("env", [`PATH=${plugins}:${process.env.PATH}`, kubectl, "wirespan", ...args]);
}

function readLive(kubeconfig: string): Promise<CommandResult> {
  return kubectlWirespan("edges", "--live", "--kubeconfig", kubeconfig, "-n", SHOP, "-o", "json");
}

function compareFile(text: string): Comparison {
  const { edges } = JSON.parse(text) as { readonly edges: readonly FileEdge[] };
  return compare(bed.attempts(), edges.map(counted));
}

function assertEqual(comparison: Comparison): void {
  console.log(table(comparison));
  assert.deepEqual(
    comparison.edges.filter((edge) => !isEqual(edge)),
    [],
  );
}

/** The graph, once it has all attempts so far. */
async function completeGraph(read: () => Promise<CommandResult>): Promise<string> {
  let text = "";
  await until("all attempts are in the graph", async () => {
    const { code, stdout, stderr } = await read();
    // Before an agent that started slowly read them; no packet of the calls, as their counts show.
    const isComplete =
      code === 0 || [...stderr.matchAll(/incomplete: (.*)/g)].every(([, why]) => BEFORE_START.test(why ?? ""));
    assert.ok(isComplete, stderr);
    text = stdout;
    return compareFile(text).recall === 1;
  });
  assertEqual(compareFile(text));
  return text;
}

async function agentOn(node: string): Promise<{ readonly name: string; readonly pid: number }> {
  const pods = await podsOf(bed, OBSERVABILITY, AGENTS);
  const pod = pods.find(({ spec }) => spec.nodeName === node);
  const agent = pod?.status.containerStatuses?.find(({ name }) => name === "agent");
  return { name: pod?.metadata.name ?? "", pid: bed.containerPid(agent?.containerID ?? "") };
}

test("with the chart's viewer Role, kubectl wirespan edges has what the pods wrote down", async () => {
  await bed.apply([
    observabilityNamespace(),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: VIEWER.name, namespace: OBSERVABILITY } },
    ...trafficBase(bed),
    deployment(bed, { name: "web", ports: [8080] }, 2),
    service("web", "web", 8080),
    service("empty", "nothing", 8080),
    deployment(bed, { name: "front", calls: CALLS }, 4),
  ]);
  // The health port is on the node's address only: the chart listens on loopback for the graph.
  const values = { "viewer.create": true, "viewer.subjects": [VIEWER], "health.address": "$(HOST_IP)" };
  const installed = await installChart(bed, { ...values, "otlp.endpoint": "http://127.0.0.1:9" });
  assert.equal(installed.code, 0, installed.stderr);
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  await bed.rolledOut(SHOP, "deployment/web", "deployment/front");
  bed.open("go");
  await bed.allCalled("front", 4);

  const kubeconfig = await configOf("viewer");
  const stdout = await completeGraph(() => readLive(kubeconfig));
  const nodes = JSON.parse(stdout).observed.map(({ node }: { node: string }) => node);
  assert.deepEqual(nodes, ["n1", "n2"]);
});

test("snapshots have what the pods wrote down, and diff has what came between them", async () => {
  const kubeconfig = await configOf("viewer");
  const [older, newer] = [join(bed.state, "older.json"), join(bed.state, "newer.json")];
  const snapshot = (path: string) => async (): Promise<CommandResult> => {
    const run = await kubectlWirespan("snapshot", "--kubeconfig", kubeconfig, "-n", SHOP, "-o", path);
    return { ...run, stdout: run.code < 2 ? readFileSync(path, "utf8") : "" };
  };
  await completeGraph(snapshot(older));
  await bed.apply([deployment(bed, { name: "late", calls: CALLS }, 2)]);
  await bed.rolledOut(SHOP, "deployment/late");
  await bed.allCalled("late", 2);
  await completeGraph(snapshot(newer));

  const { code, stdout, stderr } = await kubectlWirespan("diff", older, newer, "-o", "json");
  assert.equal(code, 1, stderr);
  const { changes } = JSON.parse(stdout) as { readonly changes: readonly (FileEdge & { readonly change: string })[] };
  assert.deepEqual(new Set(changes.map(({ change }) => change)), new Set(["added"]));
  assertEqual(compare(bed.attempts("late"), changes.map(counted)));
});

test("a user without the right gets a sentence with it, and what to do", async () => {
  await bed.kubectl("-n", OBSERVABILITY, "create", "serviceaccount", "stranger");
  const { code, stdout, stderr } = await readLive(await configOf("stranger"));
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(
    stderr,
    /^wirespan: the API server forbids this user to list pods in namespace observability; bind the Role that the chart creates with viewer\.create and viewer\.subjects, or allow list on pods$/m,
  );
});

// From here on the graph of n2 may lack something, and says so: its sensor disconnects an agent that reads nothing for 5 s.
test("a stopped agent is named", async () => {
  const kubeconfig = await configOf("viewer");
  const { name, pid } = await agentOn("n2");
  process.kill(pid, "SIGSTOP");
  const incomplete = await readLive(kubeconfig).finally(() => process.kill(pid, "SIGCONT"));
  assert.equal(incomplete.code, 1, incomplete.stderr);
  const sentence = `no graph from agent n2 (${OBSERVABILITY}/${name}): it did not answer in time`;
  assert.ok(incomplete.stderr.includes(`wirespan: incomplete: ${sentence}\n`), incomplete.stderr);
  assert.ok(JSON.parse(incomplete.stdout).incomplete.includes(sentence), incomplete.stdout);
});

test("an agent that is killed in mid-read is named; the graph of the others is there", async () => {
  const kubeconfig = await configOf("viewer");
  const { name, pid } = await agentOn("n2");
  // Stopped, it holds the reader until it is killed.
  process.kill(pid, "SIGSTOP");
  const reading = readLive(kubeconfig);
  const isConnected = () => ESTABLISHED.test(readFileSync(`/proc/${pid}/net/tcp`, "utf8"));
  await until("the reader is connected to it", isConnected).finally(() => process.kill(pid, "SIGKILL"));
  const { code, stdout, stderr } = await reading;
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    new RegExp(`^wirespan: incomplete: no graph from agent n2 \\(${OBSERVABILITY}/${name}\\): .+$`, "m"),
  );
  const { observed } = JSON.parse(stdout) as { readonly observed: readonly { readonly node: string }[] };
  assert.deepEqual(
    observed.map(({ node }) => node),
    ["n1"],
  );
});
