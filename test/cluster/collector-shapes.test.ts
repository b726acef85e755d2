// Where Collectors are, and where they are not: edges arrive, or each agent says in one sentence which node does not reach
// which address. No pod restarts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../support/until.ts";
import type { Call } from "./pods/traffic-program.ts";
import { Bed } from "./support/bed.ts";
import { isEqual, table } from "./support/compare.ts";
import { Ledger } from "./support/ledger.ts";
import {
  AGENTS,
  type CollectorShape,
  collector,
  installChart,
  OBSERVABILITY,
  observabilityNamespace,
  type Pod,
  podsOf,
} from "./support/observability.ts";
import { daemonSet, deployment, SHOP, service, trafficBase } from "./support/workloads.ts";

const GATE = "go";
const CALLS: readonly Call[] = [{ scenario: "ClusterIP", host: "web", port: 80, family: 4, times: 1 }];
const ENDPOINT = `http://collector.${OBSERVABILITY}:4317`;
/** Nothing listens there. */
const DEAD_PROXY = "10.99.0.1:3128";

let bed: Bed;
let installations = 0;
before(async () => {
  bed = await Bed.start({ nodes: 2 });
  await bed.apply([
    observabilityNamespace(),
    ...trafficBase(bed),
    deployment(bed, { name: "web", ports: [8080] }, 2),
    service("web", "web", 8080),
    daemonSet(bed, { name: "caller", calls: CALLS, repeats: true }),
  ]);
  await bed.rolledOut(SHOP, "deployment/web", "daemonset/caller");
});
after(() => bed?.stop());

/** Installs or upgrades the chart; `shape`: the only Collector, null for none. */
async function install(shape: CollectorShape | null, values: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await bed.kubectl("-n", OBSERVABILITY, "delete", "deployment,daemonset,service", "collector", "--ignore-not-found");
  await until("no Collector is left", async () => (await podsOf(bed, OBSERVABILITY, "app=collector")).length === 0);
  if (shape !== null) {
    await bed.apply(collector(shape));
    await bed.rolledOut(OBSERVABILITY, `${shape.kind.toLowerCase()}/collector`);
  }
  // Each installation has agents of its own, whose logs begin with it.
  const podAnnotations = { installation: String(++installations) };
  const installed = await installChart(bed, { "otlp.endpoint": ENDPOINT, podAnnotations, ...values });
  assert.equal(installed.code, 0, installed.stderr);
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
}

async function agents(): Promise<Pod[]> {
  return (await podsOf(bed, OBSERVABILITY, AGENTS)).filter(({ status }) => status.phase === "Running");
}

async function assertNoRestart(): Promise<void> {
  for (const { status } of await agents()) {
    for (const { name, restartCount } of status.containerStatuses ?? []) assert.equal(restartCount, 0, name);
  }
}

/** `wirespan` in the agent's container. */
function inAgent({ metadata }: Pod, ...args: readonly string[]): Promise<string> {
  return bed.kubectl("-n", OBSERVABILITY, "exec", metadata.name, "-c", "agent", "--", "wirespan", ...args);
}

async function assertEdges(): Promise<void> {
  const ledger = await Ledger.open(bed, GATE);
  await until("calls on both nodes", () => new Set(ledger.attempts().map(({ node }) => node)).size === 2);
  await until("50 calls", () => ledger.attempts().length >= 50);
  const comparison = await ledger.close();
  console.log(table(comparison));
  assert.deepEqual(
    comparison.edges.filter((edge) => !isEqual(edge)),
    [],
  );
  assert.ok(comparison.edges.length > 0);
  await assertNoRestart();
}

/** The agents of these nodes say this after `node NAME: `, once, in log, health and doctor; those of others say nothing. */
async function assertSaid(nodes: readonly string[], sentence: string): Promise<void> {
  bed.open(GATE);
  for (const pod of await agents()) {
    const node = pod.spec.nodeName ?? "";
    const wanted = `node ${node}: the Collector at ${sentence}`;
    const log = () => bed.kubectl("-n", OBSERVABILITY, "logs", pod.metadata.name, "-c", "agent");
    const health = () => inAgent(pod, "probe", "--socket=/run/wirespan-agent/health.sock", "readyz");
    if (!nodes.includes(node)) {
      assert.doesNotMatch(await log(), /the Collector at/);
      continue;
    }
    await until(`the agent of ${node} says why`, async () => (await log()).includes(wanted)).catch(async (error) => {
      throw new Error(`${error}: ${wanted}\n${await log()}`);
    });
    const lines = (await log()).split("\n").filter((line) => line.includes("the Collector at"));
    assert.deepEqual([...new Set(lines)], [`wirespan: ${wanted}`]);
    assert.match(await health(), new RegExp(`^warning: ${escaped(wanted)}$`, "m"));
    const doctor = await inAgent(pod, "doctor", "--collector", "--no-kubernetes", "--seconds=0").catch(String);
    assert.ok(doctor.includes(wanted), doctor);
  }
  bed.close(GATE);
  await bed.allResting();
  await assertNoRestart();
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

test("a Collector on each node, with a hostPort: the chart's own endpoint reaches it", async () => {
  await install({ kind: "DaemonSet", hostPort: true }, { "otlp.endpoint": "http://$(HOST_IP):4317" });
  await assertEdges();
});

test("a Deployment behind a Service: the edges of all nodes arrive", async () => {
  await install({ kind: "Deployment", service: {}, node: "n1" });
  await assertEdges();
});

test("a Service with internalTrafficPolicy Local: the node without a Collector says so, the other one sends", async () => {
  await install({ kind: "Deployment", service: { internalTrafficPolicy: "Local" }, node: "n1" });
  await assertSaid(
    ["n2"],
    `${ENDPOINT} is unreachable: correct OTEL_EXPORTER_OTLP_ENDPOINT, or allow the connection in firewalls and NetworkPolicies`,
  );
});

test("a Service without endpoints: every node says so", async () => {
  await install({ kind: "Deployment", service: { selector: { app: "nothing" } }, node: "n1" });
  await assertSaid(
    ["n1", "n2"],
    `${ENDPOINT} refuses the connection: start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT`,
  );
});

test("no Service: every node says so", async () => {
  await install(null);
  await assertSaid(
    ["n1", "n2"],
    `${ENDPOINT} has a host name that does not resolve: correct OTEL_EXPORTER_OTLP_ENDPOINT`,
  );
});

test("a variable of a proxy that is not there: every node names both", async () => {
  await install(
    { kind: "Deployment", service: {}, node: "n1" },
    { "agent.extraEnv": [{ name: "https_proxy", value: `http://${DEAD_PROXY}` }] },
  );
  await assertSaid(
    ["n1", "n2"],
    `${ENDPOINT} is unreachable through the proxy ${DEAD_PROXY} of https_proxy (connect ECONNREFUSED ${DEAD_PROXY}): correct or unset https_proxy, or add the Collector's host to no_proxy`,
  );
});

test("with the Collector's host in no_proxy, the edges arrive", async () => {
  await install(
    { kind: "Deployment", service: {}, node: "n1" },
    {
      "agent.extraEnv": [
        { name: "https_proxy", value: `http://${DEAD_PROXY}` },
        { name: "no_proxy", value: `.${OBSERVABILITY}` },
      ],
    },
  );
  await assertEdges();
});
