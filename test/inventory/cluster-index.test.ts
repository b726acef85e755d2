import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { readClusterFile } from "../../src/kubernetes/files/cluster-file.ts";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { added, deleted, modified, type PodOptions, pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, endText, lines, lookup, reported } from "../support/cluster/watched-cluster.ts";
import { sharedPath } from "../support/paths.ts";

/** Every JSON file below a folder, as one cluster. */
function objectsBelow(folder: string): KubernetesObject[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return objectsBelow(path);
    return path.endsWith(".json") ? readClusterFile(path) : [];
  });
}

test("N5: every pod in the dump of a real k3d cluster has the name of its workload", (t) => {
  const folder = sharedPath(t, "clusters", "k3d-troubleshoot");
  if (folder === null) return;
  const objects = objectsBelow(folder);
  // Taken from the dump by hand. The pods of the two Jobs ended minutes after the cluster was created, in September 2022.
  const running = [
    ["10.42.0.144", "DaemonSet", "kube-system/svclb-traefik-8ea5448e"],
    ["10.42.0.145", "Deployment", "default/nginx-deployment"],
    ["10.42.0.146", "Deployment", "kube-system/coredns"],
    ["10.42.0.147", "Deployment", "kube-system/local-path-provisioner"],
    ["10.42.0.148", "Deployment", "kube-system/metrics-server"],
    ["10.42.0.149", "Deployment", "kube-system/traefik"],
  ] as const;
  for (const [address, kind, name] of running) {
    const [first] = reported({ objects }, [connection({ at: 1, from: address, to: "203.0.113.9" })]);
    const client = first?.interaction.client;
    assert.ok(client?.type === "workload");
    assert.deepEqual([client.kind, endText(client)], [kind, name]);
  }
  const facts = [
    connection({ at: 1, from: "10.42.0.145", to: "10.43.0.1:443", outcome: "timed_out" }),
    connection({ at: 2, from: "10.42.0.145", to: "172.19.0.2:80" }),
    connection({ at: 3, from: "10.42.0.145", to: "172.19.0.2:22" }),
    connection({ at: 4, from: "10.42.0.1", to: "10.42.0.149:8000" }),
    connection({ at: 5, from: "10.42.0.1", to: "10.42.0.149:9000" }),
    connection({ at: 6, from: "10.42.0.145", to: "10.43.221.30:80", outcome: "timed_out" }),
  ];
  assert.deepEqual(lines({ objects }, facts), [
    "default/nginx-deployment -> service:default/kubernetes timed_out",
    "default/nginx-deployment -> kube-system/svclb-traefik-8ea5448e established",
    "default/nginx-deployment -> node:k3d-mycluster-server-0 established",
    "node:k3d-mycluster-server-0 -> kube-system/traefik established",
    "default/nginx-deployment -> service:kube-system/traefik timed_out",
  ]);
});

const agentLabels = { "app.kubernetes.io/name": "wirespan" };
const agentOn = (name: string, options: PodOptions = {}) =>
  pod(`wirespan/agent-${name}`, {
    hostNetwork: true,
    node: name,
    owner: ["DaemonSet", "wirespan"],
    labels: agentLabels,
    ...options,
  });
const web = pod("shop/web", { ip: "10.244.1.5" });
const cart = pod("shop/cart", { ip: "10.244.2.6", node: "b" });
const fromB = (at: number, takesSeconds = 5) =>
  connection({ at, from: "10.244.2.6", to: "10.244.1.5", outcome: "timed_out", takesSeconds });
const SEEN = "shop/cart -> shop/web timed_out";

test("DESIGN 3.5: without --agents the nodes with a pod of the DaemonSet have an agent", () => {
  const objects = [...threeNodes(), web, cart, agentOn("a")];
  assert.deepEqual(lines({ objects, node: "a" }, [fromB(1)]), [SEEN]);
  assert.deepEqual(lines({ objects: [...objects, agentOn("b")], node: "a" }, [fromB(1)]), []);
  assert.deepEqual(lines({ objects: [...threeNodes(), web, cart], node: "a" }, [fromB(1)]), []);
});

test("DESIGN 3.5: a wirespan pod outside the DaemonSet, such as that of a test, does not count as an agent", {}, () => {
  const tester = pod("wirespan/test", { hostNetwork: true, node: "b", labels: agentLabels });
  const objects = [...threeNodes(), web, cart, agentOn("a"), tester];
  assert.deepEqual(lines({ objects, node: "a" }, [fromB(1)]), [SEEN]);
});

test("DESIGN 3.5: a pod without the host's network does not count as an agent, whatever labels and owner it names", {}, () => {
  const claimed = pod("evil/agent", {
    ip: "10.244.2.66",
    node: "b",
    owner: ["DaemonSet", "wirespan"],
    labels: agentLabels,
  });
  const objects = [...threeNodes(), web, cart, agentOn("a"), claimed];
  assert.deepEqual(lines({ objects, node: "a" }, [fromB(1)]), [SEEN]);
});

test("DESIGN 3.5: the agents at packet time count, not those at the time of the outcome", {}, () => {
  const cluster = {
    objects: [...threeNodes(), web, cart, agentOn("a")],
    events: [added(20, agentOn("b", { createdSeconds: 20 })), deleted(100, agentOn("b"))],
    node: "a",
  };
  assert.deepEqual(lines(cluster, [fromB(10, 30)]), [SEEN]);
  assert.deepEqual(lines(cluster, [fromB(90, 30)]), []);
});

test("an agent that was away counts nothing twice: agents in its first list were there before, new ones from then on", () => {
  const objects = [...threeNodes(), web, cart, agentOn("a")];
  // Packets of second 10 waited in the sensor's ring; the agent came back and listed everything at second 20.
  const listed = { objects, events: [added(20, agentOn("b", { createdSeconds: 0 }))], node: "a" };
  assert.deepEqual(lines(listed, [fromB(10, 30)]), []);
  const waiting = pod("wirespan/agent-b", {
    createdSeconds: 0,
    phase: "Pending",
    hostNetwork: true,
    labels: agentLabels,
  });
  // A watch reports a pod before it has a node, and it may wait long for one.
  const watched = {
    objects,
    events: [added(0.1, waiting), modified(20, agentOn("b", { createdSeconds: 0 }))],
    node: "a",
  };
  assert.deepEqual(lines(watched, [fromB(10, 30)]), [SEEN]);
});

test("an agent whose update is late has captured since its containers started: nothing is counted twice", () => {
  const waiting = pod("wirespan/agent-b", {
    createdSeconds: 0,
    phase: "Pending",
    hostNetwork: true,
    labels: agentLabels,
  });
  const events = [
    added(0.1, waiting),
    modified(30, agentOn("b", { createdSeconds: 0 })),
    modified(30.1, agentOn("b", { createdSeconds: 0, startedSeconds: 25 })),
  ];
  const cluster = { objects: [...threeNodes(), web, cart, agentOn("a")], events, node: "a" };
  assert.deepEqual(lines(cluster, [fromB(20, 30)]), [SEEN]);
  assert.deepEqual(lines(cluster, [fromB(27, 30)]), []);
});

type Template = { readonly metadata?: object; readonly spec?: object };

/** The objects of a manifest, with one pod for each Deployment, StatefulSet and DaemonSet. */
function withPods(documents: readonly KubernetesObject[]): {
  readonly objects: KubernetesObject[];
  readonly pods: Map<string, string>;
} {
  const pods = new Map<string, string>();
  const objects = documents.flatMap((object, i) => {
    const template = object.spec?.template as Template | undefined;
    const { name = "", namespace = "default" } = object.metadata ?? {};
    if (!["Deployment", "StatefulSet", "DaemonSet"].includes(object.kind ?? "") || template === undefined)
      return [object];
    const ip = `10.9.${i >> 8}.${i & 255}`;
    pods.set(ip, `${namespace}/${name}`);
    const owner = { kind: object.kind ?? "", name, uid: `uid ${i}`, controller: true };
    const metadata = { ...template.metadata, name: `${name}-0`, namespace, uid: `pod ${i}`, ownerReferences: [owner] };
    const status = { phase: "Running", podIPs: [{ ip }] };
    return [object, { kind: "Pod", metadata, spec: { ...template.spec, nodeName: "a" }, status }];
  });
  return { objects, pods };
}

for (const [file, workloads, serviceNamespace] of [
  ["online-boutique.kubernetes-manifests.yaml", 11, "default"],
  ["sock-shop.complete-demo.yaml", 14, "sock-shop"],
  ["opentelemetry-demo.yaml", 20, "opentelemetry-demo"],
] as const) {
  test(`N10: every workload of ${file} is named, with its namespace`, (t) => {
    const path = sharedPath(t, "clusters", file);
    if (path === null) return;
    const documents = parseAllDocuments(readFileSync(path, "utf8"))
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((document) => document !== null);
    const { objects, pods } = withPods(documents);
    assert.ok(pods.size >= workloads, `${pods.size} workloads`);
    const facts = [...pods.keys()].map((address, i) => connection({ at: 1 + i, from: address, to: "203.0.113.9" }));
    const clients = reported({ objects }, facts).map(({ interaction }) => interaction.client);
    assert.deepEqual(clients.map(endText), [...pods.values()]);
    // The pod specs of the OpenTelemetry demo set service.namespace, the others do not.
    const named = clients.filter(
      (client) => client.type === "workload" && client.serviceNamespace === serviceNamespace,
    );
    assert.ok(named.length >= workloads - 5, `${named.length} of ${clients.length} in ${serviceNamespace}`);
  });
}

const value = fc.jsonValue({ maxDepth: 3 });
const odd = fc.record(
  {
    kind: fc.constantFrom("Pod", "Service", "EndpointSlice", "Node", "ReplicaSet", "Job", "Deployment", "Secret"),
    metadata: fc.oneof(
      fc.record(
        {
          name: fc.constantFrom("x", "y"),
          namespace: fc.constantFrom("n", "m"),
          uid: fc.oneof(fc.constantFrom("1", "2"), value),
          labels: fc.oneof(value, fc.constant({ "kubernetes.io/service-name": "x" })),
          annotations: value,
          ownerReferences: fc.oneof(value, fc.array(fc.record({ kind: value, name: value, controller: fc.boolean() }))),
          creationTimestamp: value,
        },
        { requiredKeys: ["name"] },
      ),
      value,
    ),
    spec: fc.oneof(
      value,
      fc.record(
        {
          nodeName: fc.oneof(fc.constant("a"), value),
          hostNetwork: value,
          containers: fc.oneof(value, fc.array(fc.record({ env: value, ports: value, livenessProbe: value }))),
          clusterIPs: fc.oneof(value, fc.array(fc.constantFrom("10.96.0.1", "None", "", "x"))),
          podCIDRs: fc.oneof(value, fc.array(fc.constantFrom("10.9.0.0/24", "10.9.0.0/33", "x/y", "::/0"))),
          ports: value,
          externalName: value,
          type: fc.constantFrom("ExternalName", "ClusterIP"),
        },
        { requiredKeys: [] },
      ),
    ),
    status: fc.oneof(
      value,
      fc.record({
        podIPs: fc.array(fc.record({ ip: fc.oneof(fc.constantFrom("10.9.0.5", "::1"), value) })),
        phase: fc.constantFrom("Failed", "Running"),
      }),
    ),
    endpoints: fc.oneof(
      value,
      fc.array(fc.record({ addresses: fc.oneof(value, fc.array(fc.constantFrom("10.9.0.5", "x"))), targetRef: value })),
    ),
    ports: value,
  },
  { requiredKeys: ["kind"] },
) as fc.Arbitrary<KubernetesObject>;

test("objects of any shape, in a file and as events, throw nothing", {}, () => {
  const event = fc.record({
    timeMicros: fc.constant(0),
    type: fc.constantFrom("ADDED", "MODIFIED", "DELETED"),
    object: odd,
  }) as fc.Arbitrary<{ timeMicros: number; type: "ADDED"; object: KubernetesObject }>;
  const facts = [
    lookup({ at: 1, from: "10.9.0.5", name: "x.n.svc.cluster.local", to: ["10.96.0.1"] }),
    connection({ at: 1.1, from: "10.9.0.5", to: "10.96.0.1" }),
  ];
  const property = fc.property(
    fc.array(odd, { maxLength: 6 }),
    fc.array(event, { maxLength: 6 }),
    (objects, events) => {
      assert.ok(lines({ objects, events }, facts, 0).length <= 2);
    },
  );
  fc.assert(property, { seed: 11, numRuns: 2_000 });
});

test("DESIGN 3.5: an agent that is not ready is counted as such until its pod is deleted", () => {
  const agent = (name: string, ready: "True" | "False"): KubernetesObject => {
    const made = pod(`wirespan/${name}`, {
      hostNetwork: true,
      labels: { "app.kubernetes.io/name": "wirespan" },
      owner: ["DaemonSet", "wirespan"],
    });
    return { ...made, status: { ...made.status, conditions: [{ type: "Ready", status: ready }] } };
  };
  const feed = new ClusterFeed([], [added(1, agent("a", "False")), added(2, agent("b", "True"))]);
  feed.advance(Number.MAX_VALUE);
  assert.deepEqual(feed.index.agents.counts(), { ready: 1, notReady: 1 });
  feed.add([modified(3, agent("a", "True")), deleted(4, agent("b", "True"))]);
  feed.advance(Number.MAX_VALUE);
  assert.deepEqual(feed.index.agents.counts(), { ready: 1, notReady: 0 });
});

test("without the right to read pods an address of a pod range is unresolved, not the node", () => {
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "10.244.2.6" })];
  assert.deepEqual(lines({ objects: threeNodes() }, facts), [
    "unresolved:10.244.1.5 -> unresolved:10.244.2.6 established",
  ]);
});
