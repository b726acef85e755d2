// `--live` on a real cluster: the chart's viewer Role, a real kubelet's port-forward, and what pods wrote down.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { CountedEdge } from "../collector/support/counted-edges.ts";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";
import type { Call } from "./pods/traffic-program.ts";
import { Bed, type CommandResult } from "./support/bed.ts";
import { type Comparison, compare, isEqual, table } from "./support/compare.ts";
import { installChart, OBSERVABILITY, observabilityNamespace, podsOf } from "./support/observability.ts";
import { deployment, SHOP, service, trafficBase } from "./support/workloads.ts";

const CALLS: readonly Call[] = [
  { scenario: "ClusterIP", host: "web", port: 80, family: 4, times: 20 },
  { scenario: "refused by an empty Service", host: "empty", port: 80, family: 4, times: 5, server: "shop/empty" },
];
const VIEWER = { kind: "ServiceAccount", name: "viewer", namespace: OBSERVABILITY };

let bed: Bed;
before(async () => {
  bed = await Bed.start({ nodes: 2 });
});
after(() => bed?.stop());

/** A kubeconfig of the service account `viewer`. */
async function viewerConfig(): Promise<string> {
  const token = await bed.kubectl("-n", OBSERVABILITY, "create", "token", "viewer");
  const config = JSON.parse(await bed.kubectl("config", "view", "--raw", "--minify", "-o", "json"));
  config.users[0].user = { token: token.trim() };
  config.contexts[0].context.namespace = OBSERVABILITY;
  const path = join(bed.state, "viewer.kubeconfig");
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

function readLive(kubeconfig: string): Promise<CommandResult> {
  const cli = join(repositoryRoot, "dist/bin/cli.js");
  return bed.run(process.execPath, [cli, "edges", "--live", "--kubeconfig", kubeconfig, "-n", SHOP, "-o", "json"]);
}

function compareFile(text: string): Comparison {
  const { edges } = JSON.parse(text) as { readonly edges: readonly FileEdge[] };
  return compare(bed.attempts(), edges.map(counted));
}

test("with the chart's viewer Role, --live has what the pods wrote down; a stopped agent is named", async () => {
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

  const kubeconfig = await viewerConfig();
  let run: CommandResult | null = null;
  await until("all attempts are in the graph", async () => {
    run = await readLive(kubeconfig);
    assert.equal(run.code, 0, run.stderr);
    return compareFile(run.stdout).recall === 1;
  });
  const { stdout } = run as unknown as CommandResult;
  const comparison = compareFile(stdout);
  console.log(table(comparison));
  assert.deepEqual(
    comparison.edges.filter((edge) => !isEqual(edge)),
    [],
  );
  const nodes = JSON.parse(stdout).observed.map(({ node }: { node: string }) => node);
  assert.deepEqual(nodes, ["n1", "n2"]);

  const pods = await podsOf(bed, OBSERVABILITY, "app.kubernetes.io/name=wirespan");
  const stopped = pods.find(({ spec }) => spec.nodeName === "n2");
  const agent = stopped?.status.containerStatuses?.find(({ name }) => name === "agent");
  const pid = bed.containerPid(agent?.containerID ?? "");
  process.kill(pid, "SIGSTOP");
  const incomplete = await readLive(kubeconfig).finally(() => process.kill(pid, "SIGCONT"));
  assert.equal(incomplete.code, 1, incomplete.stderr);
  const sentence = `no graph from agent n2 (${OBSERVABILITY}/${stopped?.metadata.name}): it did not answer in time`;
  assert.ok(incomplete.stderr.includes(`wirespan: incomplete: ${sentence}\n`), incomplete.stderr);
  assert.deepEqual(JSON.parse(incomplete.stdout).incomplete, [sentence]);
});
