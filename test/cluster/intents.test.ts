// The intents container beside an agent: what a kubelet, its volumes and its restarts show.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { until } from "../support/until.ts";
import type { Call } from "./pods/traffic-program.ts";
import { Bed } from "./support/bed.ts";
import { AGENTS, installChart, OBSERVABILITY, observabilityNamespace, podsOf } from "./support/observability.ts";
import { deployment, SHOP, service, trafficBase } from "./support/workloads.ts";

const CALLS: readonly Call[] = [{ scenario: "ClusterIP", host: "web", port: 80, family: 4, times: 20 }];
const PORT = 19_465;
const PATIENCE = 120_000;

let bed: Bed;
before(async () => {
  bed = await Bed.start({ nodes: 1 });
});
after(() => bed?.stop());

/** The id of a container of the only agent's pod, and how often it was restarted. */
async function containerOf(name: string): Promise<{ readonly id: string; readonly restarts: number }> {
  const [pod] = await podsOf(bed, OBSERVABILITY, AGENTS);
  const status = pod?.status.containerStatuses?.find((container) => container.name === name) as
    | { readonly containerID?: string; readonly restartCount?: number; readonly ready?: boolean }
    | undefined;
  if (status?.ready !== true) throw new Error(`${name} is not ready`);
  return { id: status.containerID ?? "", restarts: status.restartCount ?? 0 };
}

/** A page of the intents container, as a process of the node reads it on loopback. */
async function page(path: string): Promise<string> {
  return bed.page((await containerOf("intents")).id, PORT, path);
}

interface Kept {
  readonly observed: readonly { readonly instance: string }[];
  readonly edges: readonly {
    readonly client: string;
    readonly server: string;
    readonly outcomes: { readonly established: number };
  }[];
}

/** The connections to `web` in the kept graph; none before there is one. */
async function keptConnections(): Promise<{ readonly connections: number; readonly runs: number }> {
  const { observed, edges } = JSON.parse(await page("/graph")) as Kept;
  const own = edges.filter(({ server }) => server === `workload/${SHOP}/web`);
  return { connections: own.reduce((sum, { outcomes }) => sum + outcomes.established, 0), runs: observed.length };
}

async function untilKept(connections: number): Promise<void> {
  const isKept = () =>
    keptConnections().then(
      (kept) => kept.connections === connections,
      () => false,
    );
  await until(`${connections} connections are kept`, isKept, PATIENCE);
}

/** Ends a container as a kernel without memory does, and waits for the next one. */
async function killed(name: string): Promise<void> {
  const { id, restarts } = await containerOf(name);
  process.kill(bed.containerPid(id), "SIGKILL");
  const isBack = () =>
    containerOf(name).then(
      (now) => now.restarts > restarts,
      () => false,
    );
  await until(`${name} is back`, isBack, PATIENCE);
}

test("it keeps what the pods wrote down, and serves the graph and ClientIntents on loopback", async () => {
  await bed.apply([
    observabilityNamespace(),
    ...trafficBase(bed),
    deployment(bed, { name: "web", ports: [8080] }),
    service("web", "web", 8080),
    deployment(bed, { name: "front", calls: CALLS, gate: "first" }),
    deployment(bed, { name: "back", calls: CALLS, gate: "second" }),
  ]);
  const values = { "intents.enabled": true, "intents.every": "1s", "intents.port": PORT };
  const installed = await installChart(bed, { ...values, "otlp.endpoint": "http://127.0.0.1:9" });
  assert.equal(installed.code, 0, installed.stderr);
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  await bed.rolledOut(SHOP, "deployment/web", "deployment/front", "deployment/back");
  bed.open("first");
  await bed.allCalled("front", 1);
  await untilKept(bed.attempts("front").length);
  const objects = parseAllDocuments(await page("/intents")).map((document) => document.toJS());
  const front = objects.find(({ metadata }) => metadata.name === "front" && metadata.namespace === SHOP);
  assert.deepEqual(front?.spec, {
    workload: { name: "front", kind: "Deployment" },
    targets: [{ kubernetes: { name: "web", kind: "Deployment" } }],
  });
});

test("K4 it has no capability, no credentials, and a root that it cannot write to", async () => {
  const pid = bed.containerPid((await containerOf("intents")).id);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  for (const line of [
    "Uid:\t65533\t65533\t65533\t65533",
    "CapEff:\t0000000000000000",
    "CapBnd:\t0000000000000000",
    "NoNewPrivs:\t1",
    "Seccomp:\t2",
  ])
    assert.ok(status.includes(`${line}\n`), line);
  const mounts = readFileSync(`/proc/${pid}/mounts`, "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  assert.deepEqual(
    mounts.filter(([, path]) => path?.includes("secrets") === true),
    [],
  );
  assert.match(mounts.find(([, path]) => path === "/")?.[3] ?? "", /^ro[,$]/);
});

test("killed, it has everything again; after a killed agent, both runs add up", async () => {
  const first = bed.attempts("front").length;
  await killed("intents");
  await untilKept(first);
  await killed("agent");
  await killed("intents");
  bed.open("second");
  await bed.allCalled("back", 1);
  await untilKept(first + bed.attempts("back").length);
  assert.equal((await keptConnections()).runs, 2);
});
