import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GraphDescriptions } from "../../src/descriptions/graph-descriptions.ts";
import { ResolverUses } from "../../src/descriptions/resolver-uses.ts";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import type { Workload } from "../../src/model/interaction.ts";
import type { GraphNode, ServiceGraph } from "../../src/model/service-graph.ts";
import { workload as sampleWorkload } from "../export/support/sample-interactions.ts";
import { deployed, micros, owner, type PodOptions, pod, service, slice } from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lookup, pipelineOf } from "../support/cluster/watched-cluster.ts";

const AT = micros(60);
const OBSERVED = [{ instance: "a-1", node: "a", fromMicros: micros(0), toMicros: AT, lossRatio: 0 }];

const EMPTY: ServiceGraph = { cluster: null, incomplete: [], observed: OBSERVED, nodes: [], edges: [] };

interface DescribeOptions {
  readonly scope?: string | null;
  readonly graph?: ServiceGraph;
  readonly facts?: readonly Fact[];
}

/** Nodes of the graph by id, after these facts. */
function describedNodes(objects: readonly KubernetesObject[], options: DescribeOptions = {}) {
  const feed = new ClusterFeed(objects, []);
  const store = new EdgeStore({ singleUnresolved: true });
  const descriptions = new GraphDescriptions();
  const pipeline = pipelineOf(
    { feed, node: options.scope ?? null },
    (interaction) => {
      store.add(interaction);
      descriptions.add(interaction);
    },
    (query) => descriptions.resolver(query),
  );
  for (const fact of options.facts ?? []) fact.feed(pipeline);
  pipeline.finish();
  const graph = options.facts === undefined ? (options.graph ?? EMPTY) : store.graph();
  const { index } = feed;
  const { scope = null } = options;
  const described = descriptions.describe(graph, { index, scope, keepNodes: false, singleUnresolved: true });
  return new Map(described.nodes.map((node) => [node.id, node]));
}

function workload(nodes: ReadonlyMap<string, GraphNode>, id: string) {
  const [description, ...others] = nodes.get(id)?.workload ?? [];
  assert.ok(description !== undefined && others.length === 0, id);
  return description;
}

const labels = { app: "orders", tier: "web", "pod-template-hash": "5d9c7b8f4" };
const orders = (name: string, options: PodOptions): KubernetesObject[] =>
  deployed("shop/orders", { pod: name, labels, ports: [{ name: "http", containerPort: 8080 }], ...options });

function deployment(selector: Record<string, unknown>): KubernetesObject {
  const template = { metadata: { labels: { app: "orders" } }, spec: { containers: [{ name: "main" }] } };
  return { kind: "Deployment", metadata: { namespace: "shop", name: "orders" }, spec: { selector, template } };
}

test("a workload is described by its pods: labels, ports, counts by node, those seen from birth", () => {
  const nodes = describedNodes([
    ...orders("orders-1", { ip: "10.244.1.1", ready: true, startedSeconds: 5 }),
    ...orders("orders-2", { ip: "10.244.1.2", ready: false, startedSeconds: -90 }),
    ...orders("orders-3", { ip: "10.244.2.1", node: "b", ready: true, labels: { ...labels, tier: "canary" } }),
    ...orders("orders-4", { phase: "Pending" }),
    ...orders("orders-5", { phase: "Failed", node: "a", finishedSeconds: 1 }),
  ]);
  assert.deepEqual(workload(nodes, "workload/shop/orders"), {
    atMicros: AT,
    scope: null,
    owners: [{ kind: "Deployment", name: "orders" }],
    selector: { app: "orders" },
    selectorFrom: "pods",
    labels: { app: "orders" },
    differingLabels: ["tier"],
    ports: [{ name: "http", port: 8080 }],
    pods: { total: 4, ready: 2, byNode: { a: { total: 2, ready: 1 }, b: { total: 1, ready: 1 } } },
    ownSpans: "unsaid",
    hostNetwork: false,
    schedule: null,
    namedBy: ["owner"],
    language: null,
  });
  assert.deepEqual(nodes.get("workload/shop/orders")?.seenFromBirth, { "a-1": 1 });
});

test("the owner's selector counts, unless it has expressions or labels of one revision", () => {
  const pods = orders("orders-1", { ip: "10.244.1.1" });
  const select = (selector: Record<string, unknown>) => {
    const found = workload(describedNodes([...pods, deployment(selector)]), "workload/shop/orders");
    return [found.selectorFrom, found.selector];
  };
  assert.deepEqual(select({ matchLabels: { tier: "web" } }), ["owner", { tier: "web" }]);
  const expressions = [{ key: "app", operator: "Exists" }];
  const common = ["pods", { app: "orders", tier: "web" }];
  assert.deepEqual(select({ matchLabels: { tier: "web" }, matchExpressions: expressions }), common);
  assert.deepEqual(select({ matchLabels: { tier: "web", "controller-uid": "1" } }), common);
  assert.deepEqual(select({}), common);
});

test("pods that only have labels of one revision or pod have no selector", () => {
  const one = (suffix: string) => ({
    "statefulset.kubernetes.io/pod-name": `db-${suffix}`,
    "apps.kubernetes.io/pod-index": suffix,
    "controller-revision-hash": "db-1",
    "batch.kubernetes.io/job-name": "x",
  });
  const db = (suffix: string) => pod(`data/db-${suffix}`, { owner: ["StatefulSet", "db"], labels: one(suffix) });
  const found = workload(describedNodes([db("0")]), "workload/data/db");
  assert.deepEqual([found.selector, found.selectorFrom, found.labels], [null, null, {}]);
});

test("workloads without pods are described by their specs: a scaled-down Deployment, a CronJob before its first run", () => {
  const template = {
    metadata: { labels: { job: "report" } },
    spec: {
      containers: [{ name: "main", image: "python:3.12", env: [{ name: "OTEL_SERVICE_NAME", value: "reports" }] }],
    },
  };
  const cronJob: KubernetesObject = {
    kind: "CronJob",
    metadata: { namespace: "shop", name: "nightly" },
    spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template } } },
  };
  const nodes = describedNodes([deployment({ matchLabels: { app: "orders" } }), cronJob]);
  const reports = workload(nodes, "workload/shop/reports");
  assert.deepEqual(reports.owners, [{ kind: "CronJob", name: "nightly" }]);
  assert.deepEqual(reports.pods, { total: 0, ready: 0, byNode: {} });
  assert.equal(reports.schedule, "0 3 * * *");
  assert.equal(reports.language, "python");
  assert.deepEqual([reports.selectorFrom, reports.selector], ["pods", { job: "report" }]);
  assert.deepEqual(reports.namedBy, ["OTEL_SERVICE_NAME"]);
  assert.equal(workload(nodes, "workload/shop/orders").selectorFrom, "owner");
});

test("several owners under one service name are listed, and have no selector", () => {
  const env = [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: "service.name=shop" }];
  const named = (path: string, ofOwner: readonly [string, string]) =>
    pod(path, { owner: ofOwner, labels: { app: "shop" }, containers: [{ name: "main", env }] });
  const nodes = describedNodes([
    named("shop/web-0", ["StatefulSet", "web"]),
    named("shop/agent-x", ["DaemonSet", "agent"]),
  ]);
  const shop = workload(nodes, "workload/shop/shop");
  assert.deepEqual(shop.owners, [
    { kind: "DaemonSet", name: "agent" },
    { kind: "StatefulSet", name: "web" },
  ]);
  assert.deepEqual([shop.selector, shop.selectorFrom, shop.labels], [null, null, { app: "shop" }]);
  assert.deepEqual(shop.namedBy, ["OTEL_RESOURCE_ATTRIBUTES"]);
  assert.equal(nodes.get("workload/shop/shop")?.kind, "DaemonSet");
});

test("a Service is described, also without traffic", () => {
  const object = service("shop/orders", {
    ip: "10.96.0.20",
    type: "LoadBalancer",
    ports: [
      { name: "web", port: 80, targetPort: "http", nodePort: 30_080, protocol: "TCP" },
      { port: 443, protocol: "TCP" },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
  });
  Object.assign(object.spec ?? {}, {
    selector: { tier: "web", app: "orders" },
    externalTrafficPolicy: "Local",
    loadBalancerSourceRanges: ["203.0.113.0/24"],
  });
  const nodes = describedNodes([object, service("shop/headless")]);
  assert.deepEqual(nodes.get("service/shop/orders")?.service, {
    atMicros: AT,
    selector: { app: "orders", tier: "web" },
    clusterIPs: ["10.96.0.20"],
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    sourceRanges: ["203.0.113.0/24"],
    ports: [
      { name: "web", port: 80, targetPort: "http", nodePort: 30_080 },
      { name: null, port: 443, targetPort: 443, nodePort: null },
    ],
  });
  assert.deepEqual(nodes.get("service/shop/headless")?.service?.clusterIPs, ["None"]);
});

const dns = deployed("kube-system/coredns", { ip: "10.244.2.53", node: "b", pod: "coredns-1" });
const CLUSTER = [
  ...orders("orders-1", { ip: "10.244.1.1" }),
  ...deployed("shop/cart", { ip: "10.244.2.1", node: "b", pod: "cart-1" }),
  ...deployed("shop/other", { ip: "10.244.2.2", node: "b", pod: "other-1" }),
  ...dns,
  service("shop/cart", { ip: "10.96.0.30" }),
  service("shop/other", { ip: "10.96.0.31" }),
  slice("shop/cart", 80, [pod("shop/cart-1", { ip: "10.244.2.1" })]),
  service("kube-system/kube-dns", { ip: "10.96.0.10", ports: [{ port: 53 }] }),
  slice("kube-system/kube-dns", 53, dns.slice(-1)),
];

test("an agent describes workloads of its node, and what the graph refers to, with pods of its node", () => {
  const facts = [
    lookup({ at: 0.9, from: "10.244.1.1", name: "cart.shop.svc.cluster.local", to: ["10.96.0.30"] }),
    connection({ at: 1, from: "10.244.1.1", to: "10.96.0.30:80", lastTo: "10.244.2.1:80" }),
  ];
  const nodes = describedNodes(CLUSTER, { scope: "a", facts });
  assert.deepEqual(
    [...nodes.keys()],
    ["service/shop/cart", "workload/kube-system/coredns", "workload/shop/cart", "workload/shop/orders"],
  );
  assert.deepEqual(workload(nodes, "workload/shop/cart").pods, { total: 0, ready: 0, byNode: {} });
  assert.equal(workload(nodes, "workload/shop/orders").pods.total, 1);
  assert.equal(workload(nodes, "workload/shop/orders").scope, "a");
});

test("a client has the DNS servers that it queried: address, port, transport, and the server", () => {
  const ask = (at: number, resolver: string, isOverTcp = false) =>
    lookup({ at, from: "10.244.1.1", name: `n${at}.example.com`, to: ["192.0.2.1"], resolver, isOverTcp });
  const facts = [
    ask(1, "10.96.0.10"),
    ask(2, "10.96.0.10", true),
    ask(3, "169.254.20.10"),
    ask(4, "10.96.0.10"),
    ask(5, "192.0.2.53:5353"),
    // The upstream query of CoreDNS is not a client's.
    lookup({ at: 6, from: "10.244.2.53", name: "n1.example.com", resolver: "192.0.2.99", to: ["192.0.2.1"] }),
  ];
  const nodes = describedNodes(CLUSTER, { facts });
  assert.deepEqual(nodes.get("workload/shop/orders")?.resolvers, [
    { address: "10.96.0.10", port: 53, transport: "tcp", end: "workload/kube-system/coredns" },
    { address: "10.96.0.10", port: 53, transport: "udp", end: "workload/kube-system/coredns" },
    { address: "169.254.20.10", port: 53, transport: "udp", end: "node//node" },
    { address: "192.0.2.53", port: 5353, transport: "udp", end: "external//external" },
  ]);
  assert.equal(nodes.get("workload/kube-system/coredns")?.resolvers, undefined);
  for (const id of ["node//node", "external//external"]) assert.ok(nodes.has(id), id);
});

test("a node-local cache with a pod that declares the port is that pod", () => {
  const cache = pod("kube-system/node-local-dns-x", {
    owner: ["DaemonSet", "node-local-dns"],
    hostNetwork: true,
    ports: [{ name: "dns-tcp", containerPort: 53, protocol: "TCP" }],
  });
  const facts = [lookup({ at: 1, from: "10.244.1.1", name: "x.example.com", resolver: "169.254.20.10" })];
  const nodes = describedNodes([...CLUSTER, cache], { facts });
  assert.equal(nodes.get("workload/shop/orders")?.resolvers?.[0]?.end, "workload/kube-system/node-local-dns");
});

test("DNS servers are bounded fairly: a client that queries thousands drops only its own", () => {
  const uses = new ResolverUses(10);
  const [quiet, loud] = [sampleWorkload("quiet"), sampleWorkload("loud")];
  const query = (client: Workload, address: string) =>
    uses.add({ client, server: { address, port: 53 }, transport: "udp", end: { type: "unresolved", address } });
  for (let i = 0; i < 8; i++) query(loud, `192.0.2.${i}`);
  query(quiet, "10.96.0.10");
  for (let i = 8; i < 200; i++) query(loud, `192.0.2.${i}`);
  query(quiet, "10.96.0.11");
  assert.equal(uses.dropped, 192);
  const byClient = uses.byClient({ keepNodes: false, singleUnresolved: true });
  assert.equal(byClient.get("workload/shop/loud")?.uses.length, 8);
  const transport = "udp";
  assert.deepEqual(byClient.get("workload/shop/quiet")?.uses, [
    { address: "10.96.0.10", port: 53, transport, end: null },
    { address: "10.96.0.11", port: 53, transport, end: null },
  ]);
});

test("counts of any pods add up, and equal pods in any order give equal descriptions", () => {
  const one = fc.record({
    node: fc.constantFrom("a", "b", "c"),
    ready: fc.boolean(),
    startedSeconds: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
    tier: fc.constantFrom("x", "y"),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), fc.constantFrom(null, "a", "b"), (drawn, scope) => {
      const objects = drawn.flatMap(({ tier, startedSeconds, ...each }, i) =>
        orders(`orders-${i}`, {
          ...each,
          ...(startedSeconds === undefined ? {} : { startedSeconds }),
          ip: `10.244.1.${i}`,
          labels: { app: "orders", tier },
        }),
      );
      const nodes = describedNodes(objects, { scope });
      const counted = drawn.filter(({ node }) => scope === null || node === scope);
      if (scope !== null && counted.length === 0) {
        assert.equal(nodes.size, 0);
        return;
      }
      const found = workload(nodes, "workload/shop/orders");
      assert.equal(found.pods.total, counted.length);
      assert.equal(found.pods.ready, counted.filter(({ ready }) => ready).length);
      const sum = (figure: "total" | "ready") =>
        Object.values(found.pods.byNode).reduce((total, counts) => total + counts[figure], 0);
      assert.deepEqual([sum("total"), sum("ready")], [found.pods.total, found.pods.ready]);
      const born = drawn.filter((each) => each.node === "a" && (each.startedSeconds ?? -1) >= 0).length;
      assert.deepEqual(nodes.get("workload/shop/orders")?.seenFromBirth, born === 0 ? undefined : { "a-1": born });
      assert.deepEqual(describedNodes(objects.toReversed(), { scope }), nodes);
    }),
  );
});

test("a standalone owner is no second workload beside its pods", () => {
  const nodes = describedNodes([...orders("orders-1", { ip: "10.244.1.1" }), deployment({}), owner("Job", "shop/x")]);
  assert.deepEqual([...nodes.keys()], ["workload/shop/orders"]);
});

test("a workload whose pods are gone is described by them: a finished Job, a Deployment that was replaced", () => {
  const objects = orders("orders-1", { ip: "10.244.1.1", node: "a" });
  const [gone] = objects.filter(({ kind }) => kind === "Pod");
  assert.ok(gone);
  const rest = objects.filter((object) => object !== gone);
  const events = (["ADDED", "DELETED"] as const).map((type, i) => ({ type, object: gone, timeMicros: micros(10 * i) }));
  const listed: KubernetesObject = { kind: "Deployment", metadata: { namespace: "shop", name: "orders" } };
  const id = "workload/shop/orders";
  const node: GraphNode = { id, type: "workload", namespace: "shop", name: "orders", kind: "Deployment" };
  for (const all of [rest, [...rest, listed]]) {
    const feed = new ClusterFeed(all, events);
    feed.advance(AT);
    const cluster = { index: feed.index, scope: null, keepNodes: false, singleUnresolved: true };
    const { nodes } = new GraphDescriptions().describe({ ...EMPTY, nodes: [node] }, cluster);
    const found = workload(new Map(nodes.map((one) => [one.id, one])), id);
    assert.deepEqual(found.selector, { app: "orders", tier: "web" });
    assert.deepEqual(found.pods, { total: 0, ready: 0, byNode: {} });
    // It is no workload that could have traffic.
    const without = new GraphDescriptions().describe(EMPTY, cluster).nodes;
    assert.deepEqual(
      without.map((one) => one.id),
      all === rest ? [] : [id],
    );
  }
});
