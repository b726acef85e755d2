// The headline: every kind of path through a real cluster, counted by its pods and by the real Collector.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { repositoryRoot } from "../support/paths.ts";
import type { Call, Plan } from "./pods/traffic-program.ts";
import { Bed, type BedOptions } from "./support/bed.ts";
import { compare, isEqual, table } from "./support/compare.ts";
import {
  collector,
  collectorCounter,
  installChart,
  OBSERVABILITY,
  observabilityNamespace,
} from "./support/observability.ts";
import { assertNone, receivedPairs } from "./support/pairs.ts";
import { lossesOfAgents, settledEdges } from "./support/settled.ts";
import {
  cronJob,
  daemonSet,
  deployment,
  job,
  localDns,
  SHOP,
  service,
  statefulSet,
  trafficBase,
} from "./support/workloads.ts";

const NODES = ["10.99.0.11", "10.99.0.12", "10.99.0.13"];
const NODES_V6 = ["fd00:10:99::11", "fd00:10:99::12", "fd00:10:99::13"];
const NODE_PORT = 30_080;
const LOCAL_PORT = 30_081;
const HAIRPIN_PORT = 30_082;
const HOST_PORT = 18_085;
const BALANCER = "192.0.2.10";
const EXTERNAL_ADDRESS = "192.0.2.11";

function call(scenario: string, host: string, port: number, rest: Partial<Call> = {}): Call {
  return { scenario, host, port, family: 4, times: 5, ...rest };
}

/** What every client does. */
const CALLS: readonly Call[] = [
  call("ClusterIP", "web", 80, { times: 20 }),
  call("ClusterIP, full name", "web.shop.svc.cluster.local.", 80),
  call("ClusterIP over IPv6", "web-dual", 80, { family: 6 }),
  call("headless", "db", 5432),
  call("headless over IPv6", "db6", 5432, { family: 6 }),
  call("StatefulSet pod", "db-1.db", 5432),
  call("two workloads, one Service", "mixed", 80, { times: 20 }),
  ...NODES.map((node) => call("NodePort", node, NODE_PORT)),
  ...NODES_V6.map((node) => call("NodePort over IPv6", node, NODE_PORT, { family: 6 })),
  call("load balancer", BALANCER, 80),
  call("external address of a Service", EXTERNAL_ADDRESS, 80),
  ...NODES.slice(0, 2).map((node) => call("host port", node, HOST_PORT)),
  call("API server", "kubernetes.default", 443, { server: "default/kubernetes", isSilent: true }),
  call("ExternalName", "vendor", 443),
  call("external", "api.example.com", 443),
  call("external over IPv6", "api.example.com", 443, { family: 6 }),
  ...NODES.map((node) => call("hostNetwork server", node, 18_080)),
  call("refused by an empty Service", "empty", 80, { server: "shop/empty" }),
  call("refused by a pod", "db-0.db", 9, { server: "shop/db" }),
  call("refused outside", "closed.example.com", 444, { server: "/closed.example.com" }),
  call("timed out", "silent.example.com", 443, { times: 2, server: "/silent.example.com" }),
  call("NXDOMAIN", "missing.example.org", 443, { server: "/missing.example.org" }),
];

/** What a server does to itself. */
const HAIRPINS: readonly Call[] = [
  call("hairpin", "mirror", 80, { times: 10 }),
  call("hairpin over IPv6", "mirror", 80, { family: 6 }),
  ...NODES.map((node) => call("hairpin by NodePort", node, HAIRPIN_PORT)),
];

/** Networks of clusters that differ in what a node sees of one connection. */
const PROFILES: readonly BedOptions[] = [
  { nodes: 3, network: "bridge", proxy: "iptables" },
  { nodes: 3, network: "ptp-vxlan", proxy: "nftables" },
];

/** A process outside the cluster. */
function outside(bed: Bed, name: string, plan: Partial<Plan>): void {
  const complete = {
    name: "/external",
    ports: [],
    calls: [],
    gate: bed.gate("go"),
    log: join(bed.logs, `${name}.jsonl`),
  };
  bed.startOutside(join(repositoryRoot, "dist/test/cluster/pods/traffic-program.js"), {
    PLAN: JSON.stringify({ ...complete, ...plan }),
  });
}

for (const profile of PROFILES) {
  const headline = "the graph of the real Collector is the truth: precision and recall 1.00, counts equal";
  test(`C1 C7 N6 N13 ${profile.network} and ${profile.proxy}: ${headline}`, async () => {
    const bed = await Bed.start(profile);
    try {
      await callEverything(bed);
      await assertTruth(bed);
    } finally {
      await bed.stop();
    }
  });
}

async function callEverything(bed: Bed): Promise<void> {
  await bed.apply([
    observabilityNamespace(),
    ...collector({ kind: "Deployment", service: {}, pairsFolder: bed.logs }),
    ...trafficBase(bed),
    deployment(bed, { name: "web", ports: [8080] }, 2),
    service("web", "web", 8080),
    service("web-dual", "web", 8080, { ipFamilyPolicy: "RequireDualStack" }),
    service("web-np", "web", 8080, {
      type: "NodePort",
      ipFamilyPolicy: "RequireDualStack",
      ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }],
    }),
    service("web-local", "web", 8080, {
      type: "NodePort",
      externalTrafficPolicy: "Local",
      ports: [{ port: 80, targetPort: 8080, nodePort: LOCAL_PORT }],
    }),
    ...statefulSet(bed, { name: "db", ports: [5432], calls: CALLS.slice(0, 3) }, 2),
    service("db6", "db", 5432, { clusterIP: "None", ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6"] }),
    deployment(bed, { name: "red", ports: [8080], labels: { mixed: "true" } }),
    deployment(bed, { name: "blue", ports: [8080], labels: { mixed: "true" } }),
    service("mixed", "", 8080, { selector: { mixed: "true" } }),
    daemonSet(bed, { name: "edge", ports: [18_080], hostNetwork: true }),
    service("empty", "nothing", 8080),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "vendor", namespace: SHOP },
      spec: { type: "ExternalName", externalName: "api.example.com" },
    },
    deployment(bed, { name: "mirror", ports: [8080], calls: HAIRPINS }),
    service("mirror", "mirror", 8080, {
      type: "NodePort",
      ipFamilyPolicy: "RequireDualStack",
      ports: [{ port: 80, targetPort: 8080, nodePort: HAIRPIN_PORT }],
    }),
    service("web-balanced", "web", 8080, { type: "LoadBalancer" }),
    service("web-external", "web", 8080, { externalIPs: [EXTERNAL_ADDRESS] }),
    deployment(bed, { name: "forwarded", ports: [8080], hostPort: HOST_PORT, node: "n2" }),
    deployment(bed, { name: "forwarded-too", ports: [8080], hostPort: HOST_PORT, node: "n1" }),
    deployment(bed, { name: "cached", calls: CALLS, hasLocalDns: true }, 3),
    ...localDns(),
    deployment(bed, { name: "front", calls: CALLS }, 3),
    deployment(bed, { name: "plain", calls: CALLS, timestamps: false }, 3),
    hostClient(bed, "n1"),
    hostClient(bed, "n3"),
    job(bed, { name: "report", calls: CALLS }),
    cronJob(bed, { name: "nightly", calls: CALLS }),
  ]);
  const installed = await installChart(bed, { "otlp.endpoint": `http://collector.${OBSERVABILITY}:4317` });
  assert.equal(installed.code, 0, installed.stderr);
  const ingress = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: BALANCER }] } } });
  await bed.kubectl("-n", SHOP, "patch", "service/web-balanced", "--subresource=status", "-p", ingress);
  outside(bed, "outside-server", { name: "/api.example.com", ports: [443] });
  await bed.kubectl("-n", SHOP, "create", "job", "nightly-1", "--from=cronjob/nightly");
  await bed.rolledOut(OBSERVABILITY, "deployment/collector", "daemonset/wirespan");
  await bed.rolledOut(
    SHOP,
    ...[
      "web",
      "red",
      "blue",
      "mirror",
      "front",
      "plain",
      "forwarded",
      "forwarded-too",
      "cached",
      "host-client-n1",
      "host-client-n3",
    ].map((name) => `deployment/${name}`),
    "statefulset/db",
    "daemonset/edge",
  );
  await bed.rolledOut("kube-system", "daemonset/node-local-dns");

  const withWeb = await nodesOf(bed, "web");
  const without = NODES.filter((node) => !withWeb.includes(node));
  outside(bed, "outside-client", {
    source: { 4: "198.51.100.20", 6: "2001:db8:51::10" },
    calls: [
      ...NODES.map((node) => call("NodePort from outside", node, NODE_PORT)),
      ...NODES_V6.map((node) => call("NodePort from outside over IPv6", node, NODE_PORT, { family: 6 })),
      call("load balancer from outside", BALANCER, 80),
      call("external address of a Service from outside", EXTERNAL_ADDRESS, 80),
      ...NODES.slice(0, 2).map((node) => call("host port from outside", node, HOST_PORT)),
      ...withWeb.map((node) => call("NodePort with policy Local", node, LOCAL_PORT)),
      ...without.map((node) =>
        call("NodePort with policy Local, no endpoint on the node", node, LOCAL_PORT, {
          times: 2,
          server: `${SHOP}/web`,
        }),
      ),
    ],
  });
  bed.open("go");
  await bed.allCalled("", 17);
}

async function assertTruth(bed: Bed): Promise<void> {
  const attempts = bed.attempts();
  const comparison = compare(attempts, await settledEdges(bed, attempts.length));
  console.log(table(comparison));
  const unequal = comparison.edges.filter((edge) => !isEqual(edge));
  if (unequal.length > 0) console.log(await lossesOfAgents(bed));
  assertNone(unequal, attempts, receivedPairs(bed.logs));
  assert.equal(comparison.precision, 1);
  assert.equal(comparison.recall, 1);
  for (const counter of ["dropped_spans", "expired_edges"]) {
    assert.equal(await collectorCounter(bed, `otelcol_connector_servicegraph_${counter}`), 0);
  }
}

/**
 * In a node's own network; what it dials on that node's own address never leaves the loopback device. Connections of host
 * processes to the API server look like the agent's own.
 */
function hostClient(bed: Bed, node: string): ApiObject {
  const calls = CALLS.filter(
    ({ scenario, host }) =>
      scenario !== "API server" && !(scenario === "hostNetwork server" && host.endsWith(node.slice(1))),
  );
  return deployment(bed, { name: `host-client-${node}`, calls, hostNetwork: true, graphName: "/node", node });
}

/** Addresses of the nodes that run pods of this app. */
async function nodesOf(bed: Bed, app: string): Promise<string[]> {
  const { items } = await bed.get<{ items: { status: { hostIP: string } }[] }>(
    `/api/v1/namespaces/${SHOP}/pods?labelSelector=app%3D${app}`,
  );
  return [...new Set(items.map(({ status }) => status.hostIP))];
}
