// The ends of connections: acceptance lines of group N, each on one wire.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import {
  added,
  deleted,
  deployed,
  modified,
  owner,
  pod,
  service,
  slice,
  threeNodes,
} from "../../support/cluster/cluster-objects.ts";
import type { WatchedCluster } from "../../support/cluster/watched-cluster.ts";
import { type Hop, Wire } from "./wire.ts";

const WEB = "10.244.1.5";
const web = pod("shop/web", { ip: WEB });

function here(objects: readonly KubernetesObject[], more: Partial<WatchedCluster> = {}): WatchedCluster {
  return { objects: [...threeNodes(), web, ...objects], node: "a", agents: ["a", "b", "c"], ...more };
}

/** By ClusterIP: the pod's own interface has the Service's address, the bridge and later hops that of the endpoint. */
const byService = (port: number, dialled: string, server: string): Hop[] => [
  [3, `${WEB}:${port}`, dialled],
  [0, `${WEB}:${port}`, server],
  [4, `${WEB}:${port}`, server],
];

const direct = (from: string, to: string): Hop[] => [
  [0, from, to],
  [4, from, to],
];

const DNS = "10.96.0.10:53";

/** A pod resolves a name to an address. */
function lookedUp(wire: Wire, at: number, from: string, name: string, to: string): void {
  wire.query(at, { name }, [[4, `${from}:30000`, DNS]]);
  wire.answer(at + 0.001, { name, to: [to] }, [[4, DNS, `${from}:30000`]]);
}

const outwardFrom = (from: string, port: number, to: string): Hop[] => [
  [3, `${from}:${port}`, to],
  [4, `192.168.0.1:${port}`, to],
];

test("N2: two pods that resolved two names to one address are two edges; of two names of one pod the last before its SYN counts", () => {
  const other = pod("shop/other", { ip: "10.244.1.6" });
  const wire = new Wire();
  lookedUp(wire, 1, WEB, "a.example.com", "203.0.113.9");
  lookedUp(wire, 1.1, "10.244.1.6", "b.example.com", "203.0.113.9");
  wire.connect(2, outwardFrom(WEB, 40_000, "203.0.113.9:443"));
  wire.connect(2.1, outwardFrom("10.244.1.6", 40_001, "203.0.113.9:443"));
  lookedUp(wire, 3, WEB, "c.example.com", "203.0.113.9");
  wire.connect(4, outwardFrom(WEB, 40_002, "203.0.113.9:443"));
  assert.deepEqual(wire.lines(here([other])), [
    "shop/web -> external:a.example.com established a.example.com",
    "shop/other -> external:b.example.com established b.example.com",
    "shop/web -> external:c.example.com established c.example.com",
  ]);
});

test("N3: by ClusterIP, headless, pod address, node port, load balancer, external name and manual endpoints a workload is one node", () => {
  const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
  assert.ok(set && orders);
  const ports = [{ port: 80, nodePort: 30080 }];
  const objects = [
    set,
    orders,
    service("shop/orders", { ip: "10.96.0.20", type: "LoadBalancer", ports, balancerIps: ["192.0.2.8"] }),
    slice("shop/orders", 8080, [orders]),
    service("shop/headless"),
    slice("shop/headless", 8080, [orders]),
    service("shop/alias", { type: "ExternalName", externalName: "orders.shop.svc.cluster.local" }),
    service("shop/by-hand", { ip: "10.96.0.21" }),
    slice("shop/by-hand", 8080, ["10.244.2.8"]),
  ];
  const server = "10.244.2.8:8080";
  const wire = new Wire();
  const names = ["headless.shop.svc.cluster.local", "alias.shop.svc.cluster.local"];
  for (const [i, name] of names.entries()) lookedUp(wire, 0.1 + i, WEB, name, i === 0 ? "10.244.2.8" : "10.96.0.20");
  const dialled = ["10.244.2.8:8080", "10.96.0.20:80", "10.96.0.21:80", "192.0.2.8:80", "192.168.0.2:30080"];
  for (const [i, to] of dialled.entries()) wire.connect(2 + i, byService(40_000 + i, to, server));
  const ends = wire.lines(here(objects)).map((line) => line.split(" ").slice(0, 3).join(" "));
  assert.deepEqual(ends, Array(dialled.length).fill("shop/web -> shop/orders"));
});

test("N6: a node is the client of its connections; as a server it is the hostNetwork pod of the port, else the node", () => {
  const exporter = pod("ops/exporter", {
    ip: "192.168.0.2",
    node: "b",
    hostNetwork: true,
    owner: ["DaemonSet", "exporter"] as const,
    ports: [{ containerPort: 9100 }],
  });
  const wire = new Wire();
  wire.connect(1, [[4, "192.168.0.1:40000", "10.244.2.9:80"]]);
  wire.connect(2, direct(`${WEB}:40001`, "192.168.0.2:9100"));
  wire.connect(3, direct(`${WEB}:40002`, "192.168.0.2:9101"));
  assert.deepEqual(wire.lines(here([exporter, pod("shop/api", { ip: "10.244.2.9", node: "b" })])), [
    "node:a -> shop/api established",
    "shop/web -> ops/exporter established",
    "shop/web -> node:b established",
  ]);
});

test("N11: a domain that only ends like the cluster domain is outside", () => {
  const wire = new Wire();
  lookedUp(wire, 1, WEB, "foo.mycluster.local", "203.0.113.9");
  wire.connect(2, outwardFrom(WEB, 40_000, "203.0.113.9:443"));
  assert.deepEqual(wire.lines(here([])), ["shop/web -> external:foo.mycluster.local established foo.mycluster.local"]);
});

test("N4: of a Service with two workloads, the endpoint of each connection decides", () => {
  const [blueSet, blue] = deployed("shop/blue", { ip: "10.244.2.8", node: "b" });
  const [greenSet, green] = deployed("shop/green", { ip: "10.244.3.8", node: "c" });
  assert.ok(blueSet && blue && greenSet && green);
  const objects = [blueSet, blue, greenSet, green, service("shop/api", { ip: "10.96.0.30" })];
  const wire = new Wire();
  for (const [i, server] of ["10.244.3.8", "10.244.2.8", "10.244.3.8"].entries()) {
    wire.connect(1 + i, byService(40_000 + i, "10.96.0.30:80", `${server}:8080`));
  }
  assert.deepEqual(wire.lines(here([...objects, slice("shop/api", 8080, [blue, green])])), [
    "shop/web -> shop/green established",
    "shop/web -> shop/blue established",
    "shop/web -> shop/green established",
  ]);
});

test("N5: the owner of a ReplicaSet or Job names the workload; bare and static pods have their own names", () => {
  const owned = (name: string, ip: string, by: readonly [string, string]) => pod(`shop/${name}`, { ip, owner: by });
  const objects = [
    ...deployed("shop/orders", { ip: "10.244.1.10" }),
    owner("ReplicaSet", "shop/canary-7f9c", ["Rollout", "canary"]),
    owned("canary-7f9c-abcde", "10.244.1.11", ["ReplicaSet", "canary-7f9c"]),
    owner("Job", "shop/report-29384000", ["CronJob", "report"]),
    owned("report-29384000-x2x4z", "10.244.1.12", ["Job", "report-29384000"]),
    owned("db-0", "10.244.1.13", ["StatefulSet", "db"]),
    owned("log-8q2lb", "10.244.1.14", ["DaemonSet", "log"]),
    owned("ring-a", "10.244.1.15", ["KafkaCluster", "ring"]),
    owned("proxy-a", "10.244.1.16", ["Node", "a"]),
    pod("shop/bare", { ip: "10.244.1.17" }),
  ];
  const wire = new Wire();
  for (let i = 10; i <= 17; i++) wire.connect(i, direct(`10.244.1.${i}:40000`, "10.244.1.5:80"));
  assert.deepEqual(
    wire.lines(here(objects)).map((line) => line.replace(" -> shop/web established", "")),
    ["shop/orders", "shop/canary", "shop/report", "shop/db", "shop/log", "shop/ring", "shop/proxy", "shop/bare"],
  );
});

test("N7: the API server is the Service kubernetes on every path; kubelet probes and loopback make no edges", () => {
  const probe = [{ name: "main", ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 8080 } } }];
  const probed = pod("shop/probed", { ip: "10.244.1.9", containers: probe });
  const objects = [
    probed,
    service("default/kubernetes", { ip: "10.96.0.1", ports: [{ port: 443 }] }),
    slice("default/kubernetes", 6443, ["192.168.0.2"]),
  ];
  const wire = new Wire();
  wire.connect(1, byService(40_000, "10.96.0.1:443", "192.168.0.2:6443"));
  wire.connect(2, direct(`${WEB}:40001`, "192.168.0.2:6443"));
  wire.connect(3, [[4, "10.244.1.1:40002", "10.244.1.9:8080"]]);
  wire.connect(4, [[4, "10.244.1.1:40003", "10.244.1.9:9090"]]);
  wire.connect(5, [[0, "127.0.0.1:40004", "127.0.0.1:10248"]]);
  assert.deepEqual(wire.lines(here(objects)), [
    "shop/web -> service:default/kubernetes established",
    "shop/web -> service:default/kubernetes established",
    "node:a -> shop/probed established",
  ]);
});

test("N8: an end outside is the queried name, else the narrowest configured network, else external", () => {
  const outward = (address: string, port: number): Hop[] => [
    [3, `${WEB}:${port}`, `${address}:443`],
    [4, `192.168.0.1:${port}`, `${address}:443`],
  ];
  const externalCidrs = [
    { name: "office", cidr: "198.51.100.0/24" },
    { name: "printers", cidr: "198.51.100.64/28" },
  ];
  const wire = new Wire();
  const question: Hop[] = [[4, `${WEB}:30000`, "10.96.0.10:53"]];
  const answer: Hop[] = [[4, "10.96.0.10:53", `${WEB}:30000`]];
  wire.query(1, { name: "WWW.Example.COM" }, question);
  wire.answer(1.001, { name: "WWW.Example.COM", chain: ["edge.example.net"], to: ["203.0.113.9"] }, answer);
  for (const [i, address] of ["203.0.113.9", "198.51.100.70", "198.51.100.5", "203.0.113.10"].entries()) {
    wire.connect(2 + i, outward(address, 40_000 + i));
  }
  assert.deepEqual(wire.lines(here([], { externalCidrs })), [
    "shop/web -> external:www.example.com established www.example.com",
    "shop/web -> external:printers established",
    "shop/web -> external:office established",
    "shop/web -> external:external established",
  ]);
});

test("N9: pods that were pending for minutes, have completed, or are terminating keep their names", () => {
  const late = { ip: "10.244.1.20", createdSeconds: -300 };
  const job = { ip: "10.244.1.21", restartPolicy: "Never" };
  const leaving = { ip: "10.244.1.22" };
  const ending = pod("shop/leaving", { ...leaving, deletionSeconds: 5 });
  const events = [
    added(-299, pod("shop/late", { ...late, ip: [], phase: "Pending" })),
    modified(11.5, pod("shop/late", late)),
    added(-50, pod("shop/job", job)),
    modified(20, pod("shop/job", { ...job, phase: "Succeeded", finishedSeconds: 19 })),
    added(-50, pod("shop/leaving", leaving)),
    modified(5, ending),
    deleted(35, ending),
  ];
  const wire = new Wire();
  wire.connect(10, direct("10.244.1.20:40000", `${WEB}:80`));
  wire.connect(18, direct("10.244.1.21:40000", `${WEB}:80`));
  wire.connect(30, direct("10.244.1.22:40000", `${WEB}:80`));
  assert.deepEqual(wire.lines(here([], { events })), [
    "shop/late -> shop/web established",
    "shop/job -> shop/web established",
    "shop/leaving -> shop/web established",
  ]);
});

const NAMED = "resource.opentelemetry.io/service.name";
const labels = { "app.kubernetes.io/instance": "labelled" };
const environment = (name: string, value: string) => [{ name: "main", env: [{ name, value }] }];

for (const [what, options, expected] of [
  [
    "OTEL_SERVICE_NAME",
    { containers: environment("OTEL_SERVICE_NAME", "said"), annotations: { [NAMED]: "noted" }, labels },
    "said",
  ],
  [
    "service.name of OTEL_RESOURCE_ATTRIBUTES",
    {
      containers: environment("OTEL_RESOURCE_ATTRIBUTES", "team=a,service.name=said"),
      annotations: { [NAMED]: "noted" },
      labels,
    },
    "said",
  ],
  ["the annotation", { annotations: { [NAMED]: "noted" }, labels }, "noted"],
  ["the labels, where they are preferred", { labels }, "labelled"],
  ["the owner", {}, "orders"],
] as const) {
  test(`N10: the name comes from ${what}, on the client's node and on the server's`, () => {
    const objects = deployed("shop/orders", { ip: "10.244.2.8", node: "b", ...options });
    for (const node of ["a", "b"]) {
      const wire = new Wire();
      wire.connect(1, direct(`${WEB}:40000`, "10.244.2.8:8080"));
      const cluster = here(objects, { node, agents: [node], preferLabels: true });
      assert.deepEqual(wire.servedBy(cluster), [expected]);
    }
  });
}
