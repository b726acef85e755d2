import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { Direction } from "../../../src/model/packet.ts";
import {
  added,
  deleted,
  micros,
  modified,
  node,
  pod,
  service,
  slice,
  threeNodes,
} from "../../support/cluster/cluster-objects.ts";
import { connection, lines, lookup, reported, type WatchedCluster } from "../../support/cluster/watched-cluster.ts";

const { incoming, outgoing } = Direction;
const web = pod("shop/web", { ip: "10.244.1.5" });
const api = pod("kube-system/kube-apiserver-a", { hostNetwork: true, ip: "192.168.0.1", owner: ["Node", "a"] });
const exporter = pod("monitoring/exporter-x", {
  hostNetwork: true,
  ip: "192.168.0.2",
  node: "b",
  owner: ["DaemonSet", "exporter"],
  ports: [{ containerPort: 9100, protocol: "TCP" }],
});
const ingress = pod("ingress/nginx-x", {
  ip: "10.244.2.30",
  node: "b",
  owner: ["DaemonSet", "nginx"],
  ports: [
    { containerPort: 8080, hostPort: 80, protocol: "TCP" },
    { containerPort: 8443, hostPort: 443, protocol: "UDP" },
  ],
});
const probed = pod("shop/probed-0", {
  ip: "10.244.1.40",
  owner: ["StatefulSet", "probed"],
  containers: [
    {
      name: "main",
      ports: [
        { name: "health", containerPort: 8081 },
        { name: "web", containerPort: 8080 },
      ],
      livenessProbe: { httpGet: { port: "health" } },
      readinessProbe: { tcpSocket: { port: 5432 } },
      startupProbe: { grpc: { port: 9000 } },
      lifecycle: { preStop: { httpGet: { port: 8090 } } },
    },
  ],
  initContainers: [
    { name: "proxy", restartPolicy: "Always", readinessProbe: { httpGet: { port: 15_021 } } },
    { name: "migrate", readinessProbe: { httpGet: { port: 7000 } } },
  ],
});
const objects: KubernetesObject[] = [
  ...threeNodes(),
  web,
  api,
  exporter,
  ingress,
  probed,
  service("default/kubernetes", { ip: ["10.96.0.1"], ports: [{ port: 443, protocol: "TCP" }] }),
  slice("default/kubernetes", 6443, ["192.168.0.1"]),
];
const on = (name: string): WatchedCluster => ({ objects, node: name, agents: ["a", "b", "c"] });

for (const [what, address, on] of [
  ["its InternalIP", "192.168.0.1", "a"],
  ["the bridge's address in its pod range", "10.244.1.1", "a"],
  ["flannel's address, the pod range itself", "10.244.1.0", "a"],
  ["the bridge's IPv6 address", "fd00:10:244:1::1", "a"],
  ["Calico's tunnel address, outside the pod range", "10.245.77.64", "d"],
  ["Calico's own spelling of its address, with a prefix length", "172.18.0.9", "d"],
  ["Cilium's router address", "10.246.3.3", "d"],
  ["a hostname's address among several in one annotation", "172.19.0.9", "d"],
] as const) {
  test(`N6: a client with a node's address is the node: ${what}`, () => {
    const withAnnotations = node("d", "192.168.0.4", "10.244.4.0/24", {
      "projectcalico.org/IPv4VXLANTunnelAddr": "10.245.77.64",
      "projectcalico.org/IPv4Address": "172.18.0.9/16",
      "network.cilium.io/ipv4-cilium-host": "10.246.3.3",
      "k3s.io/internal-ip": "172.19.0.9,fd00::9",
    });
    const facts = [connection({ at: 1, from: address.includes(":") ? `[${address}]` : address, to: "10.244.1.5" })];
    assert.deepEqual(lines({ objects: [...objects, withAnnotations] }, facts), [`node:${on} -> shop/web established`]);
  });
}

test("N6: a client with a node's address is the node, even if hostNetwork pods run there", () => {
  const facts = [connection({ at: 1, from: "192.168.0.2", to: "203.0.113.9:9100", direction: outgoing })];
  assert.deepEqual(lines(on("b"), facts), ["node:b -> external:external established"]);
});

test("N6: a server with a node's address is the hostNetwork pod that declares the port, else the node", () => {
  const facts = [9100, 22].map((port, i) => connection({ at: 1 + i, from: "10.244.1.5", to: `192.168.0.2:${port}` }));
  assert.deepEqual(lines(on("a"), facts), [
    "shop/web -> monitoring/exporter established",
    "shop/web -> node:b established",
  ]);
});

test("N6: a hostNetwork pod that declares no port is found through its Service", () => {
  const metrics = pod("kube-system/proxy-c", {
    hostNetwork: true,
    ip: "192.168.0.3",
    node: "c",
    owner: ["DaemonSet", "proxy"],
  });
  const cluster = {
    ...on("a"),
    objects: [
      ...objects,
      metrics,
      service("kube-system/proxy", { ip: "10.96.0.77" }),
      slice("kube-system/proxy", 10_249, [metrics]),
    ],
  };
  const facts = [
    connection({
      at: 1,
      from: "10.244.1.5",
      to: "10.96.0.77:10249",
      lastFrom: "192.168.0.1",
      lastTo: "192.168.0.3:10249",
    }),
    connection({ at: 2, from: "10.244.1.5", to: "192.168.0.3:10249" }),
  ];
  assert.deepEqual(lines(cluster, facts), Array(2).fill("shop/web -> kube-system/proxy established"));
});

test("N6: a host port on the node's address belongs to its pod, for TCP only", () => {
  const facts = [80, 443].map((port, i) => connection({ at: 1 + i, from: "10.244.1.5", to: `192.168.0.2:${port}` }));
  assert.deepEqual(lines(on("a"), facts), ["shop/web -> ingress/nginx established", "shop/web -> node:b established"]);
});

test("N6: a port of a hostNetwork pod on another node is ignored", () => {
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "192.168.0.3:9100", outcome: "refused" })];
  assert.deepEqual(lines(on("a"), facts), ["shop/web -> node:c refused"]);
});

test("N6: a connection between two nodes is reported by the client's node", () => {
  const facts = [connection({ at: 1, from: "192.168.0.1", to: "192.168.0.2:10250", direction: outgoing })];
  assert.deepEqual(lines(on("a"), facts), ["node:a -> node:b established"]);
  const seen = [connection({ at: 1, from: "192.168.0.1", to: "192.168.0.2:10250" })];
  assert.deepEqual(lines(on("b"), seen), []);
});

test("N7: the API server is kubernetes in default by ClusterIP, by its node's address, and for a host process", () => {
  const facts = [
    connection({ at: 1, from: "10.244.1.5", to: "10.96.0.1:443", lastFrom: "10.244.1.5", lastTo: "192.168.0.1:6443" }),
    connection({ at: 2, from: "10.244.1.5", to: "192.168.0.1:6443" }),
    connection({ at: 3, from: "10.244.1.5", to: "10.96.0.1:443", outcome: "refused" }),
    lookup({ at: 20, from: "10.244.1.5", name: "kubernetes.default.svc.cluster.local", to: ["10.96.0.1"] }),
  ];
  assert.deepEqual(lines(on("a"), facts), [
    "shop/web -> service:default/kubernetes established",
    "shop/web -> service:default/kubernetes established",
    "shop/web -> service:default/kubernetes refused",
    "shop/web -> service:default/kubernetes resolved kubernetes.default.svc.cluster.local",
  ]);
  const fromHost = [connection({ at: 1, from: "192.168.0.2", to: "192.168.0.1:6443", direction: outgoing })];
  assert.deepEqual(lines(on("b"), fromHost), ["node:b -> service:default/kubernetes established"]);
});

test("N7: an API server outside the cluster is kubernetes in default as well", () => {
  const managed = objects.filter(({ metadata }) => metadata?.name !== "kubernetes-abc12");
  const cluster = { ...on("a"), objects: [...managed, slice("default/kubernetes", 443, ["203.0.113.200"])] };
  const facts = [
    connection({ at: 1, from: "10.244.1.5", to: "10.96.0.1:443", lastTo: "203.0.113.200:443" }),
    lookup({ at: 2, from: "192.168.0.1", name: "a1b2.gr7.eu-west-1.eks.example.com", to: ["203.0.113.200"] }),
    connection({ at: 2.1, from: "192.168.0.1", to: "203.0.113.200:443", direction: outgoing }),
  ];
  assert.deepEqual(lines(cluster, facts), [
    "shop/web -> service:default/kubernetes established",
    "node:a -> service:default/kubernetes established a1b2.gr7.eu-west-1.eks.example.com",
  ]);
});

for (const [how, port] of [
  ["httpGet with a named port", 8081],
  ["tcpSocket", 5432],
  ["grpc", 9000],
  ["a sidecar's httpGet", 15_021],
  ["a lifecycle hook's httpGet", 8090],
] as const) {
  test(`N7: a probe is no edge: ${how}`, () => {
    const to = `10.244.1.40:${port}`;
    const facts = ["192.168.0.1", "10.244.1.1"].map((from, i) =>
      connection({ at: 1 + i, from, to, direction: outgoing }),
    );
    assert.deepEqual(lines(on("a"), facts), []);
  });
}

test("N7: a host process that connects to an unprobed port is an edge", () => {
  const facts = [8080, 7000].map((port, i) =>
    connection({ at: 1 + i, from: "192.168.0.1", to: `10.244.1.40:${port}`, direction: outgoing }),
  );
  assert.deepEqual(lines(on("a"), facts), Array(2).fill("node:a -> shop/probed established"));
});

test("N7: a host process of another node that connects to a probed port is an edge, because kubelets probe their own pods", () => {
  const facts = [connection({ at: 1, from: "192.168.0.2", to: "10.244.1.40:8081", direction: outgoing })];
  assert.deepEqual(lines(on("b"), facts), ["node:b -> shop/probed established"]);
});

test("N7: a pod that connects to a probed port is an edge", () => {
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "10.244.1.40:8081" })];
  assert.deepEqual(lines(on("a"), facts), ["shop/web -> shop/probed established"]);
});

test("N7: an outside client that its node masquerades to a probed port is an edge", () => {
  const facts = [
    connection({
      at: 1,
      from: "198.51.100.9",
      to: "192.168.0.1:30081",
      lastFrom: "10.244.1.1",
      lastTo: "10.244.1.40:8081",
    }),
  ];
  assert.deepEqual(lines(on("a"), facts), ["external:external -> shop/probed established"]);
});

test("N7: DNS over TCP and loopback are never edges", () => {
  const facts = [
    connection({ at: 1, from: "10.244.1.5", to: "10.96.0.10:53" }),
    connection({ at: 2, from: "127.0.0.1", to: "127.0.0.1:8080" }),
    connection({ at: 3, from: "[::1]", to: "[::1]:8080" }),
    connection({ at: 4, from: "127.0.0.1", to: "127.3.4.5:8080", direction: outgoing }),
    connection({ at: 5, from: "192.168.0.1", to: "192.168.0.1:10250", direction: incoming }),
  ];
  assert.deepEqual(lines(on("a"), facts), []);
});

test("N6: a server with a gateway address of a pod range is the node", () => {
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "10.244.2.1:22" })];
  assert.deepEqual(lines(on("a"), facts), ["shop/web -> node:b established"]);
});

test("N6: a node that joins later is used from then on", () => {
  const cluster = { ...on("a"), events: [added(10, node("d", "192.168.0.4", "10.244.4.0/24"))] };
  const facts = [connection({ at: 11, from: "10.244.1.5", to: "192.168.0.4:22" })];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> node:d established"]);
});

const NETWORK = "10.244.2.0";
const tunnel = node("d", "192.168.0.4", "10.244.4.0/24", { "projectcalico.org/IPv4VXLANTunnelAddr": NETWORK });

for (const [order, nodes] of [
  ["before", [tunnel, ...threeNodes()]],
  ["after", [...threeNodes(), tunnel]],
] as const) {
  test(`N6: a range's network address in an annotation of another node, listed ${order} the range's node, belongs to that node`, () => {
    const cluster = { objects: [...nodes, web], agents: ["a", "b", "c", "d"] };
    const facts = [connection({ at: 1, from: NETWORK, to: "10.244.1.5", direction: outgoing })];
    assert.deepEqual(lines({ ...cluster, node: "d" }, facts), ["node:d -> shop/web established"]);
    const seen = [connection({ at: 1, from: NETWORK, to: "10.244.1.5" })];
    assert.deepEqual(lines({ ...cluster, node: "a" }, seen), []);
  });
}

test("N6: a pod with a range's network address owns its lookup and its connection, with the update 1.5 s late", () => {
  const young = pod("shop/young", { ip: "10.244.3.0", createdSeconds: 0 });
  const facts = [
    lookup({ at: 1, from: "10.244.3.0", name: "api.example.com", to: ["203.0.113.5"] }),
    connection({ at: 1.01, from: "10.244.3.0", to: "10.244.1.5" }),
  ];
  assert.deepEqual(lines({ ...on("a"), events: [added(2.5, young)] }, facts), [
    "shop/young -> external:api.example.com resolved api.example.com",
    "shop/young -> shop/web established",
  ]);
});

for (const [family, known, late, remote] of [
  ["IPv6", "2001:db8:0:1::4", "2001:db8:0:1::5", "2001:db8:0:2::8"],
  ["public IPv4", "203.0.113.4", "203.0.113.5", "198.51.100.8"],
] as const) {
  test(`C7: pods without a pod range, on ${family} addresses: one agent reports, with the update 1.5 s late`, () => {
    const cluster = {
      objects: [
        node("a", "192.168.0.1", []),
        node("b", "192.168.0.2", []),
        pod("shop/known", { ip: known }),
        pod("shop/server", { ip: remote, node: "b" }),
      ],
      events: [added(2.5, pod("shop/young", { ip: late, createdSeconds: 0 }))],
      agents: ["a", "b"],
    };
    const [from, to] = [late, remote].map((address) => (address.includes(":") ? `[${address}]:80` : address));
    const facts = [connection({ at: 1, from: from ?? "", to: to ?? "" })];
    assert.deepEqual(lines({ ...cluster, node: "a" }, facts), ["shop/young -> shop/server established"]);
    assert.deepEqual(lines({ ...cluster, node: "b" }, facts), []);
  });
}

test("C7: without a pod range only addresses near a known pod wait for updates, at most 3 s", () => {
  const known = pod("shop/known", { ip: ["203.0.113.4", "2001:db8:0:1::4"] });
  const cluster = { objects: [node("a", "192.168.0.1", [])], events: [added(-50, known)], node: "a" };
  for (const [to, waits] of [
    ["203.0.113.9", true],
    ["[2001:db8:0:1:8::9]", true],
    ["203.0.114.4", false],
    ["[2001:db8:0:2::4]", false],
  ] as const) {
    const [first] = reported(cluster, [connection({ at: 1, from: "203.0.113.4", to })]);
    assert.equal(first?.interaction.server.type, "external");
    const waited = (first?.atMicros ?? 0) - micros(1);
    if (waits) assert.ok(waited >= 3e6 && waited <= 3.2e6, `${to} waits ${waited} µs`);
    else assert.ok(waited <= 200_000, `${to} waits ${waited} µs`);
  }
});

test("N6: a hostNetwork pod that is deleted before the outcome of an attempt is its server", () => {
  const cluster = { ...on("a"), events: [added(-50, exporter), deleted(13, exporter)] };
  const facts = [10, 14].map((at) =>
    connection({ at, from: "10.244.1.5", to: "192.168.0.2:9100", outcome: "timed_out" }),
  );
  assert.deepEqual(lines(cluster, facts), [
    "shop/web -> monitoring/exporter timed_out",
    "shop/web -> node:b timed_out",
  ]);
});

test("N6: a hostNetwork pod found through its Service is the server, even if both are deleted before the outcome", () => {
  const metrics = pod("monitoring/metrics", { hostNetwork: true, ip: "192.168.0.2", node: "b" });
  const events = [
    added(-50, metrics),
    added(-50, slice("monitoring/metrics", 4443, [metrics])),
    modified(3, slice("monitoring/metrics", 4443, [])),
    deleted(3.5, metrics),
  ];
  const cluster = { ...on("a"), objects: [...objects, service("monitoring/metrics")], events };
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "192.168.0.2:4443", outcome: "timed_out" })];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> monitoring/metrics timed_out"]);
});

test("N6: a node that is deleted before the outcome of an attempt is its server", () => {
  const gone = node("d", "192.168.0.4", "10.244.4.0/24");
  const cluster = { ...on("a"), events: [added(-50, gone), deleted(3, gone)] };
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "192.168.0.4:22", outcome: "timed_out" })];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> node:d timed_out"]);
});

test("N7: a kubelet's probe of a hostNetwork pod, over lo, is no edge without the name of the node", () => {
  const checked = pod("monitoring/checked", {
    hostNetwork: true,
    ip: "192.168.0.1",
    containers: [{ name: "main", ports: [{ containerPort: 9200 }], readinessProbe: { httpGet: { port: 9200 } } }],
  });
  const facts = [connection({ at: 1, from: "192.168.0.1", to: "192.168.0.1:9200", direction: incoming })];
  assert.deepEqual(lines({ objects: [...objects, checked] }, facts), []);
});

test("N7: the API server is kubernetes in default by the ClusterIP of another Service as well", () => {
  const another = service("kube-system/apiserver", { ip: "10.96.0.99", ports: [{ port: 443 }] });
  const cluster = { ...on("a"), objects: [...objects, another, slice("kube-system/apiserver", 6443, [api])] };
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "10.96.0.99:443", lastTo: "192.168.0.1:6443" })];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> service:default/kubernetes established"]);
});
