// What happens to clusters, under steady traffic: pods, agents, the API server, nodes and the Collector come and go.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../support/until.ts";
import type { Call } from "./pods/traffic-program.ts";
import { Bed } from "./support/bed.ts";
import { type Comparison, isEqual, table } from "./support/compare.ts";
import { Ledger } from "./support/ledger.ts";
import { collector, installChart, OBSERVABILITY, observabilityNamespace, podsOf } from "./support/observability.ts";
import { daemonSet, deployment, SHOP, service, trafficBase } from "./support/workloads.ts";

const GATE = "go";
const VALUES = { "otlp.endpoint": `http://collector.${OBSERVABILITY}:4317` };
const AGENTS = "app.kubernetes.io/name=wirespan";
const COLLECTOR = { kind: "Deployment", service: {} } as const;

function call(scenario: string, host: string, port: number): Call {
  return { scenario, host, port, family: 4, times: 1 };
}

const CALLS = [call("ClusterIP", "api", 80), call("headless", "api-pods", 8080), call("mixed", "mixed", 80)];

let bed: Bed;
before(async () => {
  bed = await Bed.start({ nodes: 2, pods: 14, proxy: "nftables" });
  const mixed = { labels: { mixed: "true" }, ports: [8080], calls: CALLS.slice(0, 2), repeats: true };
  await bed.apply([
    observabilityNamespace(),
    ...collector({ ...COLLECTOR, node: "n1" }),
    ...trafficBase(bed),
    deployment(bed, { name: "api", ports: [8080] }, 2),
    service("api", "api", 8080),
    service("api-pods", "api", 8080, { clusterIP: "None" }),
    deployment(bed, { name: "red", ...mixed }),
    deployment(bed, { name: "blue", ...mixed }),
    service("mixed", "", 8080, { selector: { mixed: "true" } }),
    // On each node, so on an added one too.
    daemonSet(bed, { name: "caller", calls: CALLS, repeats: true }),
  ]);
  const installed = await installChart(bed, VALUES);
  assert.equal(installed.code, 0, installed.stderr);
  await bed.rolledOut(OBSERVABILITY, "deployment/collector", "daemonset/wirespan");
  await bed.rolledOut(SHOP, "deployment/api", "deployment/red", "deployment/blue", "daemonset/caller");
});
after(() => bed?.stop());

function assertTruth(comparison: Comparison): void {
  console.log(table(comparison));
  assert.deepEqual(
    comparison.edges.filter((edge) => !isEqual(edge)),
    [],
  );
  assert.ok(comparison.edges.length > 0);
}

/** Connections may be missing; nothing is invented, and nothing is counted twice. */
function assertNoPhantom(comparison: Comparison): void {
  console.log(table(comparison));
  assert.deepEqual(
    comparison.edges.filter(({ truth, graph }) => graph.requests > truth.requests || graph.failed > truth.failed),
    [],
  );
  assert.equal(comparison.precision, 1);
}

async function scaled(replicas: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, count] of Object.entries(replicas)) {
    await bed.kubectl("-n", SHOP, "scale", `deployment/${name}`, `--replicas=${count}`);
  }
  await bed.rolledOut(SHOP, ...Object.keys(replicas).map((name) => `deployment/${name}`));
  for (const [name, count] of Object.entries(replicas)) {
    await until(`${name} has ${count} pods`, async () => (await podsOf(bed, SHOP, `app=${name}`)).length === count);
  }
}

test("Deployments restart, pod by pod: the graph is the truth", async () => {
  const ledger = await Ledger.open(bed, GATE);
  await bed.kubectl("-n", SHOP, "rollout", "restart", "deployment/api", "deployment/red", "daemonset/caller");
  await bed.rolledOut(SHOP, "deployment/api", "deployment/red", "daemonset/caller");
  assertTruth(await ledger.close());
});

test("N1 Deployments grow and shrink, and pods of one get the addresses of the other: the graph is the truth", async () => {
  const owners = new Map<string, Set<string>>();
  const note = async () => {
    for (const app of ["red", "blue"]) {
      for (const { status } of await podsOf(bed, SHOP, `app=${app}`)) {
        const address = status.podIP ?? "";
        owners.set(address, (owners.get(address) ?? new Set()).add(app));
      }
    }
  };
  const ledger = await Ledger.open(bed, GATE);
  for (const name of ["red", "blue", "red", "blue"]) {
    await scaled({ [name]: 12 });
    await note();
    await scaled({ [name]: 1 });
  }
  assertTruth(await ledger.close());
  const reused = [...owners.values()].filter((apps) => apps.size > 1).length;
  assert.ok(reused >= 2, `${reused} addresses were used by both`);
});

test("K2 the API server restarts: the graph is the truth", async () => {
  const ledger = await Ledger.open(bed, GATE);
  await delay(2_000);
  await bed.kill("kube-apiserver");
  await until(
    "the API server answers",
    async () => (await bed.kubectl("get", "--raw", "/readyz").catch(() => "")) === "ok",
  );
  await bed.kubectl("-n", SHOP, "rollout", "restart", "deployment/api");
  await bed.rolledOut(SHOP, "deployment/api");
  assertTruth(await ledger.close());
});

test("a node is added: once its agent is ready, its pods are in the graph", async () => {
  await bed.addNode();
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  await bed.rolledOut(SHOP, "daemonset/caller");
  const ledger = await Ledger.open(bed, GATE);
  await delay(5_000);
  const comparison = await ledger.close();
  assertTruth(comparison);
});

test("the Collector moves to another node: the pairs of the time without it arrive", async () => {
  await bed.kubectl("-n", OBSERVABILITY, "scale", "deployment/collector", "--replicas=0");
  await until("it is gone", async () => (await podsOf(bed, OBSERVABILITY, "app=collector")).length === 0);
  const ledger = await Ledger.open(bed, GATE, true);
  await delay(3_000);
  await bed.apply(collector({ ...COLLECTOR, node: "n2" }));
  await bed.rolledOut(OBSERVABILITY, "deployment/collector");
  await delay(3_000);
  assertTruth(await ledger.close());
});

test("wirespan is upgraded under traffic: nothing is invented", async () => {
  const ledger = await Ledger.open(bed, GATE);
  const upgraded = await installChart(bed, { ...VALUES, podAnnotations: { upgraded: "yes" } });
  assert.equal(upgraded.code, 0, upgraded.stderr);
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  assertNoPhantom(await ledger.close());
});

test("one agent is killed: nothing is invented, and afterwards the graph is the truth again", async () => {
  const [pod] = await podsOf(bed, OBSERVABILITY, AGENTS);
  const agent = pod?.status.containerStatuses?.find(({ name }) => name === "agent");
  assert.ok(agent !== undefined);
  const ledger = await Ledger.open(bed, GATE);
  await delay(1_000);
  process.kill(bed.containerPid(agent.containerID), "SIGKILL");
  await until("the agent was restarted", async () => {
    const pods = await podsOf(bed, OBSERVABILITY, AGENTS);
    return pods.some(({ status }) => (status.containerStatuses ?? []).some(({ restartCount }) => restartCount > 0));
  });
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  assertNoPhantom(await ledger.close());
  const later = await Ledger.open(bed, GATE);
  await delay(2_000);
  assertTruth(await later.close());
});
