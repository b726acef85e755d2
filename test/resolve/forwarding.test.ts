import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import type { ResolverQuery } from "../../src/model/lookup.ts";
import { Direction } from "../../src/model/packet.ts";
import { micros, node, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import {
  connection,
  endText,
  type Fact,
  lines,
  lookup,
  pipelineOf,
  type WatchedCluster,
} from "../support/cluster/watched-cluster.ts";

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

// A node-local cache that had not answered anything: did it send a query, or a host process?
const HOST = "192.168.0.1";
const CACHE = "169.254.20.10";
const missing = { name: "api.example.com", rcode: 3 } as const;
const unproven = { resolver: DNS, enclosingServer: CACHE, mayBeOwn: true, isUnproven: true };

const ofNode = (facts: readonly Fact[]) => lines(here, facts).filter((line) => line.startsWith("node:"));

for (const [result, outcome] of [
  [answer, "resolved"],
  [missing, "host_not_found"],
] as const) {
  const line = `node:a -> external:api.example.com ${outcome} api.example.com`;
  const upstream = (at = 1.1, from = HOST) => lookup({ at, from, ...unproven, ...result });
  /** The pod's question to the cache, which answers a second later. */
  const ofPod = (at = 1, more = {}) => lookup({ at, takesSeconds: 1, from: WEB, resolver: CACHE, ...result, ...more });
  const own = (at: number, more = {}) => lookup({ at, from: HOST, resolver: DNS, ...result, ...more });

  test(`D7 what a cache asked before it had answered anything is no lookup of the node, once it answers the pod (${outcome})`, () => {
    // Also from the addresses of overlay and bridge, which are in the range of the node's pods.
    for (const from of [HOST, "10.244.1.0", "10.244.1.1"]) assert.deepEqual(ofNode([upstream(1.1, from), ofPod()]), []);
  });

  test(`D7 without that answer it is a lookup of the node (${outcome})`, () => {
    for (const others of [
      [],
      [ofPod(1, { takesSeconds: 0.05 })],
      [ofPod(1, { resolver: DNS })],
      [ofPod(1, { name: "b.example.com" })],
      [ofPod(1, { type: "AAAA" })],
      [ofPod(1, { takesSeconds: 4 })],
      [ofPod(1, { rcode: null })],
    ]) {
      assert.deepEqual(ofNode([upstream(), ...others]), [line]);
    }
  });

  test(`D7 what host processes ask for the same name at that time remains their lookup (${outcome})`, () => {
    assert.deepEqual(
      ofNode([upstream(), lookup({ at: 1, takesSeconds: 1, from: CACHE, resolver: CACHE, ...result })]),
      [line],
    );
    assert.deepEqual(ofNode([own(0.1), upstream(2.2), ofPod(2.1)]), [line]);
    assert.deepEqual(ofNode([upstream(), own(1.15), ofPod()]), [line]);
    assert.deepEqual(ofNode([upstream(), ofPod(), own(2.5)]), [line]);
  });

  test(`D7 an answer of long after shows nothing (${outcome})`, () => {
    assert.deepEqual(ofNode([upstream(), own(95), ofPod(99)]), [line, line]);
  });

  test(`D7 without a cluster, a question that a pod leaves open to the host hides nothing (${outcome})`, () => {
    const open = { enclosingServer: HOST, mayBeOwn: true, isUnproven: true };
    assert.equal(lines({}, [own(1.1, open)]).length, 1);
  });
}

test("D7 a truncated answer that the cache passes on is no failure of the node", () => {
  const result = { ...answer, isTruncated: true };
  const upstream = lookup({ at: 1.1, from: HOST, ...unproven, ...result });
  assert.deepEqual(ofNode([upstream, lookup({ at: 1, takesSeconds: 1, from: WEB, resolver: CACHE, ...result })]), []);
});

test("D7 a question that a pod leaves open does not hide which DNS server the node uses", () => {
  const queries: ResolverQuery[] = [];
  const pipeline = pipelineOf(
    here,
    () => {},
    (query) => queries.push(query),
  );
  lookup({ at: 1.1, from: HOST, ...unproven, ...answer }).feed(pipeline);
  for (let at = 1.2; at < 10; at += 0.1) pipeline.time(micros(at));
  pipeline.finish();
  assert.deepEqual(
    queries.map(({ client }) => endText(client)),
    ["node:a"],
  );
});

test("D7 a connection of the node has the name that it or the cache asked for", () => {
  const facts = [
    lookup({ at: 1.1, from: HOST, ...unproven, ...answer }),
    connection({ at: 1.2, from: HOST, to: "203.0.113.9", direction: Direction.outgoing }),
  ];
  const named = "node:a -> external:api.example.com established api.example.com";
  const ofPod = lookup({ at: 1, takesSeconds: 1, from: WEB, resolver: CACHE, ...answer });
  assert.deepEqual(ofNode(facts), [named]);
  assert.deepEqual(ofNode([...facts, ofPod]), [named]);
});
