// The chart on a real cluster: what PodSecurity admits, which rights the processes really have, which nodes get a pod.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { after, before, test } from "node:test";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { until } from "../support/until.ts";
import { Bed } from "./support/bed.ts";
import {
  AGENTS,
  collector,
  installChart,
  OBSERVABILITY,
  observabilityNamespace,
  type Pod,
  podsOf,
} from "./support/observability.ts";

const VALUES = { "otlp.endpoint": `http://collector.${OBSERVABILITY}:4317`, "test.timeoutSeconds": 30 };

let bed: Bed;
before(async () => {
  bed = await Bed.start({ nodes: 2 });
});
after(() => bed?.stop());

function helmTest() {
  return bed.helm("test", "wirespan", "--namespace", OBSERVABILITY, "--timeout", "120s");
}

test("K4 in a namespace with PodSecurity baseline no pod comes up, and helm test says why", async () => {
  await bed.apply([observabilityNamespace("baseline"), ...collector({ kind: "Deployment", service: {} })]);
  const installed = await installChart(bed, VALUES);
  assert.equal(installed.code, 0, installed.stderr);
  const { code, stdout, stderr } = await helmTest();
  assert.notEqual(code, 0, stdout);
  const said = `${stdout}\n${stderr}`;
  assert.match(said, /pod-security\.kubernetes\.io\/enforce=privileged/);
  // Helm quotes what the pod printed.
  assert.equal(said.match(/violates PodSecurity \\?"baseline/g)?.length, 1, said);
});

test("K4 in a namespace with PodSecurity privileged every node has its agent, and helm test proves an edge", async () => {
  await bed.apply([observabilityNamespace("privileged")]);
  await until("agents are created", async () => (await podsOf(bed, OBSERVABILITY, AGENTS)).length === 2, 120_000);
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan", "deployment/collector");
  const { code, stdout, stderr } = await helmTest();
  assert.equal(code, 0, `${stdout}\n${stderr}`);
});

/** Fields of /proc/PID/status. */
function statusOf(pid: number): Readonly<Record<string, string>> {
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").split("\n");
  return Object.fromEntries(lines.map((line) => line.split(":\t", 2)));
}

function mountsOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/mounts`, "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
}

const NOTHING = "0000000000000000";
/** CAP_NET_RAW, and no other. */
const NET_RAW = "0000000000002000";

test("K4 the processes on the nodes have the rights that the chart promises, and no others", async () => {
  const pods = await podsOf(bed, OBSERVABILITY, AGENTS);
  assert.equal(pods.length, 2);
  for (const { status } of pods) {
    const pidsOf = (name: string): number[] => {
      const found = status.containerStatuses?.find((container) => container.name === name);
      return bed.containerPids(found?.containerID ?? name);
    };
    for (const [name, uid, capabilities] of [
      ["sensor", "65532", NET_RAW],
      ["agent", "65533", NOTHING],
    ] as const) {
      const pids = pidsOf(name);
      for (const pid of pids) assertRights(pid, uid, capabilities);
      // The launcher has nothing effective: only Node captures.
      const program = pids.filter((pid) => readlinkSync(`/proc/${pid}/exe`).endsWith("/node"));
      assert.ok(program.length > 0);
      for (const pid of program) assert.equal(statusOf(pid).CapEff, capabilities);
      const [first = 0] = pids;
      assert.equal(
        readFileSync(`/proc/${first}/mounts`, "utf8")
          .match(/ \/ \S+ (\S+)/)?.[1]
          ?.split(",")[0],
        "ro",
      );
      const hasToken = mountsOf(first).some((path) => path.includes("serviceaccount"));
      assert.equal(hasToken, name === "agent", `${name} ${hasToken ? "has" : "lacks"} a token`);
    }
    const secrets = `/proc/${pidsOf("sensor")[0]}/root/var/run/secrets`;
    assert.throws(() => readdirSync(secrets), /ENOENT/);
  }
});

function assertRights(pid: number, uid: string, capabilities: string): void {
  const { Uid, CapInh, CapPrm, CapEff = "", CapBnd, CapAmb, NoNewPrivs, Seccomp } = statusOf(pid);
  assert.deepEqual(
    { Uid, CapPrm, CapBnd, NoNewPrivs, Seccomp },
    { Uid: Array(4).fill(uid).join("\t"), CapPrm: capabilities, CapBnd: capabilities, NoNewPrivs: "1", Seccomp: "2" },
  );
  assert.ok([NOTHING, capabilities].includes(CapEff), `effective: ${CapEff}`);
  if (capabilities === NOTHING) assert.deepEqual([CapInh, CapAmb], [NOTHING, NOTHING]);
}

function node(name: string, labels: Readonly<Record<string, string>>): ApiObject {
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels: { "kubernetes.io/os": "linux", ...labels } } };
}

/** The node that a pod of a DaemonSet is for, whether there is room for it or not. */
function targetOf({ spec }: Pod): string {
  const terms = spec.affinity?.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.[0]?.values[0] ?? "";
}

test("nodes of Fargate, of virtual kubelets, and of Windows get no pod", async () => {
  const nodes = [
    node("fargate", { "eks.amazonaws.com/compute-type": "fargate" }),
    node("virtual", { type: "virtual-kubelet" }),
    node("windows", { "kubernetes.io/os": "windows" }),
    // Shows that the controller has seen the others.
    node("plain", {}),
  ];
  await bed.apply(nodes);
  const placed = async () => (await podsOf(bed, OBSERVABILITY, AGENTS)).map(targetOf);
  await until("the plain node has a pod", async () => (await placed()).includes("plain"));
  assert.deepEqual((await placed()).toSorted(), ["n1", "n2", "plain"]);
  for (const { metadata } of nodes) await bed.kubectl("delete", "node", metadata.name);
});
