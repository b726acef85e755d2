// One party is one node of the graph, as client and as server, with each of its addresses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";
import type { Route } from "../../src/model/address-range.ts";
import { Direction } from "../../src/model/packet.ts";
import { added, deleted, modified, node, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines, lookup } from "../support/cluster/watched-cluster.ts";

const { incoming, outgoing } = Direction;
const agents = ["a", "b", "c"];
const probed = [{ name: "main", ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { port: 8080 } } }];
const shop = pod("shop/catalog", { ip: "10.128.0.20", containers: probed });

for (const [network, annotations, own, router] of [
  [
    "OVN-Kubernetes",
    {
      "k8s.ovn.org/node-subnets": '{"default":["10.128.0.0/23"]}',
      "k8s.ovn.org/node-gateway-router-lrp-ifaddrs": '{"default":{"ipv4":"100.64.0.2/16"}}',
    },
    "10.128.0.2",
    "100.64.0.2",
  ],
  ["Kube-OVN", { "ovn.kubernetes.io/ip_address": "100.64.0.2" }, "100.64.0.2", null],
] as const) {
  const objects = [node("a", "192.168.0.1", [], annotations), shop];
  test(`N13: with ${network} probes come from the node and are ignored; connections through a node port come from the node`, () => {
    const dial = (from: string, port: number, direction: Direction) =>
      connection({ at: 1, from, to: `10.128.0.20:${port}`, direction });
    assert.deepEqual(lines({ objects, node: "a", agents }, [dial(own, 8080, outgoing)]), []);
    assert.deepEqual(lines({ objects, node: "a", agents }, [dial(own, 9090, outgoing)]), [
      "node:a -> shop/catalog established",
    ]);
    if (router === null) return;
    assert.deepEqual(lines({ objects, node: "a", agents }, [dial(router, 8080, outgoing)]), [
      "node:a -> shop/catalog established",
    ]);
  });
}

test("N13: an address without a pod, in a subnet that OVN-Kubernetes annotates, belongs to an unlisted pod", () => {
  const objects = [node("a", "192.168.0.1", [], { "k8s.ovn.org/node-subnets": '{"default":["10.128.0.0/23"]}' }), shop];
  const facts = [connection({ at: 1, from: "10.128.1.77", to: "10.128.0.20:9090" })];
  assert.deepEqual(lines({ objects, node: "a", agents }, facts), [
    "unresolved:10.128.1.77 -> shop/catalog established",
  ]);
});

test("N13 C7: a host process of another node, from an address that only this node's routes show, is that node's to report", () => {
  const dialled = [
    node("a", "192.168.0.1", []),
    node("b", "192.168.0.2", []),
    pod("shop/web", { ip: "10.0.1.20", node: "a" }),
    pod("shop/cart", { ip: "10.0.2.20", node: "b" }),
  ];
  const facts = [connection({ at: 1, from: "10.0.2.45", to: "10.0.1.20" })];
  const reported = (routes: readonly Route[], withAgent: readonly string[]) => {
    const feed = new ClusterFeed(
      [],
      dialled.map((object) => added(0, object)),
    );
    feed.index.setOwnRoutes(routes);
    return lines({ feed, node: "a", agents: withAgent }, facts);
  };
  // As Cilium's: the next hop is this node's own end of the overlay.
  const routes = [{ cidr: "10.0.2.0/24", gateway: "10.0.1.45" }];
  assert.deepEqual(reported([], ["a", "b"]), ["external:external -> shop/web established"]);
  assert.deepEqual(reported(routes, ["a", "b"]), []);
  assert.deepEqual(reported(routes, ["a"]), ["unresolved:10.0.2.45 -> shop/web established"]);
  const flannel = [{ cidr: "10.0.2.0/24", gateway: "10.0.2.45" }];
  assert.deepEqual(reported(flannel, ["a", "b"]), []);
  assert.deepEqual(reported(flannel, ["a"]), ["node:b -> shop/web established"]);
});

const WEB = "10.244.1.5";
const web = pod("shop/web", { ip: WEB });
const managed: KubernetesObject[] = [
  ...threeNodes(),
  web,
  service("default/kubernetes", { ip: "10.96.0.1", ports: [{ port: 443 }] }),
  // In the same network as the pods, as in clouds.
  slice("default/kubernetes", 443, ["10.244.9.201", "203.0.113.200"]),
  pod("shop/beside", { ip: "10.244.9.9", node: "c" }),
];

test("N13: an endpoint of the API server without another owner is the API server as a client too, on every port", () => {
  for (const here of ["a", null]) {
    const facts = [
      connection({ at: 1, from: "10.244.9.201", to: `${WEB}:9443` }),
      connection({ at: 2, from: "203.0.113.200", to: "192.168.0.1:10250" }),
      connection({ at: 3, from: WEB, to: "10.96.0.1:443", lastTo: "10.244.9.201:443" }),
      connection({ at: 4, from: WEB, to: "203.0.113.200:8132" }),
    ];
    assert.deepEqual(lines({ objects: managed, node: here, agents }, facts), [
      "service:default/kubernetes -> shop/web established",
      "service:default/kubernetes -> node:a established",
      "shop/web -> service:default/kubernetes established",
      "shop/web -> service:default/kubernetes established",
    ]);
  }
});

test("N6: an API server on the address of a node is the node as a client", () => {
  const objects = [...managed, slice("default/kubernetes", 6443, ["192.168.0.1"], "own")];
  const facts = [connection({ at: 1, from: "192.168.0.1", to: `${WEB}:9443`, direction: outgoing })];
  assert.deepEqual(lines({ objects, node: "a", agents }, facts), ["node:a -> shop/web established"]);
});

const VIP = "10.96.5.5";
const BALANCER = "192.168.0.50";
const services: KubernetesObject[] = [
  ...threeNodes(),
  web,
  service("shop/legacy-inventory", { ip: VIP, ports: [{ port: 80 }] }),
  service("shop/gate", {
    ip: "10.96.5.6",
    type: "LoadBalancer",
    balancerIps: [BALANCER],
    ports: [{ port: 80, nodePort: 30_080 }],
  }),
  pod("edge/ingress", {
    hostNetwork: true,
    owner: ["DaemonSet", "ingress"],
    ports: [{ containerPort: 80 }, { containerPort: 22 }],
  }),
];

function withOwn(...addresses: readonly string[]) {
  const feed = new ClusterFeed(services, []);
  feed.index.setOwnAddresses("a", ["192.168.0.1", ...addresses]);
  return { feed, node: "a", agents };
}

for (const [what, own] of [
  ["on no interface", []],
  ["on an interface of the node", [VIP, BALANCER]],
] as const) {
  test(`N13: a dialed address of a Service is the Service, ${what}`, () => {
    const facts = [
      connection({ at: 1, from: WEB, to: `${VIP}:80`, outcome: "refused" }),
      connection({ at: 2, from: WEB, to: `${VIP}:8081`, outcome: "refused" }),
      connection({ at: 3, from: "198.51.100.7", to: `${BALANCER}:80`, outcome: "timed_out" }),
    ];
    assert.deepEqual(lines(withOwn(...own), facts), [
      "shop/web -> service:shop/legacy-inventory refused",
      "shop/web -> service:shop/legacy-inventory refused",
      "external:external -> service:shop/gate timed_out",
    ]);
  });
}

test("N6: an answer from the address of a Service on a port that the Service lacks comes from the node", () => {
  const facts = [22, 23, 30_080].map((port, i) =>
    connection({ at: 1 + i, from: "198.51.100.7", to: `${BALANCER}:${port}` }),
  );
  assert.deepEqual(lines(withOwn(BALANCER), facts), [
    "external:external -> edge/ingress established",
    "external:external -> node:a established",
    "external:external -> service:shop/gate established",
  ]);
});

test("N6: a connection of the node from the address of a Service on its own interface comes from the node", () => {
  const facts = [connection({ at: 1, from: BALANCER, to: `${WEB}:80`, direction: outgoing })];
  assert.deepEqual(lines(withOwn(BALANCER), facts), ["node:a -> shop/web established"]);
});

const status = (...ips: readonly string[]) => ({
  "k8s.v1.cni.cncf.io/network-status": JSON.stringify([
    { name: "cbr0", default: true },
    { name: "net1", ips },
  ]),
});
const amf = pod("telco/amf", { ip: "10.244.1.30", annotations: status("172.30.5.7") });
const smf = pod("telco/smf", { ip: "10.244.2.31", node: "b", annotations: status("172.30.5.8/24", "172.30.5.8") });
const between = (at: number) => connection({ at, from: "172.30.5.7", to: "172.30.5.8:38412", direction: incoming });

test("N13: an additional interface address belongs to the pod, as client and as server, and for names", () => {
  const objects = [...threeNodes(), amf, smf];
  const facts = [lookup({ at: 0.5, from: "10.244.1.30", name: "smf.telco.example", to: ["172.30.5.8"] }), between(1)];
  for (const here of ["a", null]) {
    assert.deepEqual(lines({ objects, node: here, agents }, facts), [
      "telco/amf -> telco/smf established smf.telco.example",
    ]);
  }
  assert.deepEqual(lines({ objects, node: "b", agents }, facts), []);
});

test("N13: an additional address that pods of several nodes have has no owner", () => {
  const twin = pod("telco/twin", { ip: "10.244.3.30", node: "c", annotations: status("172.30.5.7") });
  const objects = [...threeNodes(), amf, smf, twin];
  assert.deepEqual(lines({ objects, node: "a", agents }, [between(1)]), [
    "unresolved:172.30.5.7 -> telco/smf established",
  ]);
});

test("N1: additional addresses belong to a pod while it has them", () => {
  const later = pod("telco/later", {
    ip: "10.244.3.40",
    node: "c",
    annotations: status("172.30.5.7"),
    createdSeconds: 20,
  });
  const without = pod("telco/amf", { ip: "10.244.1.30" });
  const events = [added(-50, amf), added(-50, smf), modified(10, without), added(21, later), deleted(30, later)];
  const facts = [5, 25, 40].map(between);
  assert.deepEqual(lines({ objects: threeNodes(), events }, facts), [
    "telco/amf -> telco/smf established",
    "telco/later -> telco/smf established",
    "unresolved:172.30.5.7 -> telco/smf established",
  ]);
});

test("N13: the cluster network takes precedence over an additional network", () => {
  const shadow = pod("telco/shadow", {
    ip: "10.244.2.9",
    node: "b",
    annotations: status(WEB, "192.168.0.1", "10.96.5.5"),
  });
  const facts = [
    connection({ at: 1, from: WEB, to: "10.96.5.5:80", outcome: "refused" }),
    connection({ at: 2, from: WEB, to: "192.168.0.1:23" }),
  ];
  assert.deepEqual(lines({ objects: [...services, shadow], node: "a", agents }, facts), [
    "shop/web -> service:shop/legacy-inventory refused",
    "shop/web -> node:a established",
  ]);
});

test("N13: an additional address that is public, or in a configured range, is outside, whatever a pod's annotation says", () => {
  const objects = [...threeNodes(), web];
  const externalCidrs = [{ cidr: "172.30.9.0/24", name: "office" }];
  const dialled = (address: string) => [
    connection({ at: 1, from: address, to: WEB }),
    connection({ at: 2, from: WEB, to: address }),
  ];
  for (const [address, end] of [
    ["203.0.113.9", "external:external"],
    ["2001:db8:9::9", "external:external"],
    ["172.30.9.9", "external:office"],
  ] as const) {
    const evil = pod("evil/evil", { ip: "10.244.2.66", node: "b", annotations: status(address) });
    const watched = { objects: [...objects, evil], node: "a", agents, externalCidrs };
    assert.deepEqual(lines(watched, dialled(address)), [
      `${end} -> shop/web established`,
      `shop/web -> ${end} established`,
    ]);
  }
});

test("N13: a hostNetwork pod has no additional addresses", () => {
  const record = trimObject(
    pod("ops/exporter", { ip: "192.168.0.1", hostNetwork: true, annotations: status("172.30.5.9") }),
  );
  assert.deepEqual(record?.kind === "Pod" && record.secondaryAddresses, []);
});
