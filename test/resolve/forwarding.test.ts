import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { Direction } from "../../src/model/packet.ts";
import { node, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines, lookup, type WatchedCluster } from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const DNS = "10.244.1.53";
const coredns = pod("kube-system/coredns-x", { ip: DNS, owner: ["ReplicaSet", "coredns"] });
const DNS_PORTS = [
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "dns-tcp", port: 53, protocol: "TCP" },
];
const objects: KubernetesObject[] = [
  ...threeNodes(),
  pod("shop/web", { ip: WEB }),
  coredns,
  service("kube-system/kube-dns", { ip: "10.96.0.10", ports: DNS_PORTS }),
  slice("kube-system/kube-dns", 53, [coredns]),
];
const here: WatchedCluster = { objects, node: "a" };
const UPSTREAM = "203.0.113.53";
const answer = { name: "api.example.com", to: ["203.0.113.9"] } as const;

test("D1: the upstream query of CoreDNS is not reported, and its answer names no connection", () => {
  const facts = [
    lookup({ at: 1, from: DNS, resolver: UPSTREAM, ...answer }),
    lookup({ at: 1, from: DNS, resolver: UPSTREAM, name: "gone.example.com", rcode: 3 }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9" }),
  ];
  assert.deepEqual(lines(here, facts), ["shop/web -> external:external established"]);
});

test("D1: a DNS server behind a Service with UDP only counts as a forwarder", {}, () => {
  const server = pod("dns/unbound-x", { ip: "10.244.1.54" });
  const ports = [{ port: 53, protocol: "UDP" }];
  const slices = slice("dns/unbound", 53, [server]);
  const cluster = {
    ...here,
    objects: [...objects, server, service("dns/unbound", { ip: "10.96.0.54", ports }), slices],
  };
  assert.deepEqual(lines(cluster, [lookup({ at: 1, from: "10.244.1.54", resolver: UPSTREAM, ...answer })]), []);
});

test("D1: a DNS server with another target port behind port 53 counts as a forwarder", () => {
  const server = pod("openshift-dns/dns-x", { ip: "10.244.1.55" });
  const slices = slice("openshift-dns/dns", 5353, [server]);
  const cluster = {
    ...here,
    objects: [...objects, server, service("openshift-dns/dns", { ip: "10.96.0.55", ports: DNS_PORTS }), slices],
  };
  assert.deepEqual(lines(cluster, [lookup({ at: 1, from: "10.244.1.55", resolver: UPSTREAM, ...answer })]), []);
});

test("D1: the answer to a client names its connection, whichever resolver it queried", () => {
  for (const resolver of ["10.96.0.10", "169.254.20.10", UPSTREAM, "fd00:10:96::a"]) {
    const facts = [
      lookup({ at: 1, from: WEB, resolver, ...answer }),
      connection({ at: 1.1, from: WEB, to: "203.0.113.9" }),
    ];
    assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com established api.example.com"]);
  }
});

interface Cache {
  readonly where: string;
  /** Destination of the last sighting of the client's query. */
  readonly server: string;
  readonly upstreamFrom: string;
  readonly objects?: readonly KubernetesObject[];
}

const hostDns = pod("kube-system/coredns-host", {
  ip: "192.168.0.1",
  hostNetwork: true,
  ports: [{ containerPort: 53 }],
});
const CACHES: readonly Cache[] = [
  { where: "a node-local cache on 169.254.20.10", server: "169.254.20.10", upstreamFrom: "192.168.0.1" },
  { where: "a node-local cache, from flannel's address", server: "169.254.20.10", upstreamFrom: "10.244.1.0" },
  { where: "a node-local cache, from the bridge's address", server: "169.254.20.10", upstreamFrom: "10.244.1.1" },
  { where: "a node-local cache on the ClusterIP", server: "10.96.0.10", upstreamFrom: "192.168.0.1" },
  { where: "a node-local cache on an IPv6 link-local address", server: "fe80::a", upstreamFrom: "192.168.0.1" },
  { where: "a node-local cache on an address that nothing explains", server: "fd00::10", upstreamFrom: "192.168.0.1" },
  {
    where: "a node-local cache on the ClusterIP, which the node lists",
    server: "10.96.0.10",
    upstreamFrom: "192.168.0.1",
    objects: [node("a", ["192.168.0.1", "10.96.0.10"], "10.244.1.0/24")],
  },
  {
    where: "CoreDNS on the host's network",
    server: "192.168.0.1",
    upstreamFrom: "192.168.0.1",
    objects: [hostDns],
  },
];

for (const { where, server, upstreamFrom, objects: more = [] } of CACHES) {
  test(`D7: a query forwarded by ${where} is not reported`, () => {
    const facts = [
      lookup({ at: 1.0005, from: upstreamFrom, resolver: DNS, enclosingServer: server, ...answer }),
      lookup({ at: 1, from: WEB, resolver: server, ...answer }),
      lookup({
        at: 2.0005,
        from: upstreamFrom,
        resolver: DNS,
        enclosingServer: server,
        name: "gone.example.com",
        rcode: 3,
      }),
      lookup({ at: 2, from: WEB, resolver: server, name: "gone.example.com", rcode: 3 }),
    ];
    assert.deepEqual(lines({ ...here, objects: [...objects, ...more] }, facts), [
      "shop/web -> external:api.example.com resolved api.example.com",
      "shop/web -> external:gone.example.com host_not_found gone.example.com",
    ]);
  });
}

test("D7: a query of a host process to its node-local cache is of the node, and the upstream query of the cache is not reported", () => {
  const cache = "169.254.20.10";
  const facts = [
    lookup({ at: 1, from: cache, resolver: cache, ...answer }),
    lookup({ at: 1.0005, from: "192.168.0.1", resolver: DNS, enclosingServer: cache, ...answer }),
  ];
  assert.deepEqual(lines(here, facts), ["node:a -> external:api.example.com resolved api.example.com"]);
});

test("D7: what a host process or its node-local cache asked names the process's connections, and is no lookup of its own", () => {
  const cache = "169.254.20.10";
  for (const [mayBeOwn, name] of [
    [true, "api.example.com"],
    [false, "external"],
  ] as const) {
    const facts = [
      lookup({ at: 1, from: "192.168.0.1", resolver: DNS, enclosingServer: cache, mayBeOwn, ...answer }),
      lookup({
        at: 2,
        from: "192.168.0.1",
        resolver: DNS,
        enclosingServer: cache,
        mayBeOwn,
        name: "b.example",
        rcode: 3,
      }),
      connection({ at: 1.1, from: "192.168.0.1", to: "203.0.113.9", direction: Direction.outgoing }),
      lookup({ at: 30, from: "192.168.0.1", resolver: DNS, enclosingServer: cache, mayBeOwn, ...answer }),
    ];
    const named = mayBeOwn ? ` ${name}` : "";
    assert.deepEqual(lines(here, facts), [`node:a -> external:${name} established${named}`]);
  }
});

test("D7: a host process that sends the same query as a pod to a CoreDNS on another node is a client", () => {
  const facts = [
    lookup({ at: 1, from: WEB, resolver: "10.96.0.10", ...answer }),
    lookup({ at: 1.0005, from: "192.168.0.1", resolver: "10.96.0.10", enclosingServer: "10.244.2.53", ...answer }),
  ];
  assert.deepEqual(lines(here, facts), [
    "shop/web -> external:api.example.com resolved api.example.com",
    "node:a -> external:api.example.com resolved api.example.com",
  ]);
});

test("D1: a pod that sends the same query as another pod at the same time is a client", () => {
  const cluster = { ...here, objects: [...objects, pod("shop/cart", { ip: "10.244.1.6" })] };
  const facts = [
    lookup({ at: 1, from: WEB, ...answer }),
    lookup({ at: 1.0002, from: "10.244.1.6", enclosingServer: DNS, ...answer }),
  ];
  assert.deepEqual(lines(cluster, facts).length, 2);
});
