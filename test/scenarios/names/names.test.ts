import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { MAX_ANSWER_ADDRESSES } from "../../../src/model/dns-message.ts";
import { added, deleted, deployed, pod, service, slice, threeNodes } from "../../support/cluster/cluster-objects.ts";
import type { WatchedCluster } from "../../support/cluster/watched-cluster.ts";
import { type Hop, Wire } from "./wire.ts";

const WEB = "10.244.1.5";
const WEB6 = "fd00:10:244:1::5";
const DNS_SERVICE = "10.96.0.10:53";
const DNS_POD = "10.244.2.53:53";
const coredns = pod("kube-system/coredns-x", { ip: "10.244.2.53", node: "b" });
const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
assert.ok(set && orders);
const objects: KubernetesObject[] = [
  ...threeNodes(),
  pod("shop/web", { ip: [WEB, WEB6] }),
  coredns,
  set,
  orders,
  service("kube-system/kube-dns", {
    ip: ["10.96.0.10", "fd00:10:96::a"],
    ports: [
      { port: 53, protocol: "UDP" },
      { port: 53, protocol: "TCP" },
    ],
  }),
  slice("kube-system/kube-dns", 53, [coredns]),
  service("shop/orders", { ip: "10.96.0.20" }),
  slice("shop/orders", 8080, [orders]),
];
const here: WatchedCluster = { objects, node: "a", agents: ["a", "b", "c"] };

/** To CoreDNS on another node, through a bridge: only the pod's own interface has the ClusterIP. */
function hopsToDns(port = 40_000): readonly [question: Hop[], answer: Hop[]] {
  const me = `${WEB}:${port}`;
  return [
    [
      [3, me, DNS_SERVICE],
      [0, me, DNS_POD],
      [4, me, DNS_POD],
    ],
    [
      [0, DNS_POD, me],
      [4, DNS_SERVICE, me],
      [4, DNS_SERVICE, me],
    ],
  ];
}

const outward = (address: string, port: number): Hop[] => [
  [3, `${WEB}:${port}`, `${address}:443`],
  [0, `${WEB}:${port}`, `${address}:443`],
  [4, `192.168.0.1:${port + 1}`, `${address}:443`],
];

test("N1: packets around a change of owner belong to the pod that sent them, with updates 1.5 s late", () => {
  const old = pod("shop/old", { ip: "10.244.1.7" });
  const young = pod("shop/young", { ip: "10.244.1.7", createdSeconds: 10 });
  const cluster = { ...here, events: [added(-50, old), deleted(10.2, old), added(12.1, young)] };
  const wire = new Wire();
  for (const [i, at] of [10.19, 10.6, 11.5, 12.2].entries()) {
    const me = `10.244.1.7:${41_000 + i}`;
    wire.connect(at, [
      [3, me, "10.96.0.20:80"],
      [0, me, "10.244.2.8:8080"],
      [4, me, "10.244.2.8:8080"],
    ]);
  }
  assert.deepEqual(wire.lines(cluster), [
    "shop/old -> shop/orders established",
    "shop/young -> shop/orders established",
    "shop/young -> shop/orders established",
    "shop/young -> shop/orders established",
  ]);
});

test("D2: NXDOMAIN for the search path, with A and AAAA each, is one lookup; a connection that follows leaves none", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  const forms = ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"].map((end) => `api.example.com.${end}`);
  for (const [i, name] of [...forms, "api.example.com"].entries()) {
    for (const type of ["A", "AAAA"] as const) {
      const id = 2 * i + (type === "A" ? 1 : 2);
      wire.query(1 + i * 0.004, { name, type, id }, question);
      const found = i < 3 ? { rcode: 3 } : { to: type === "A" ? ["203.0.113.9"] : [] };
      wire.answer(1.002 + i * 0.004, { name, type, id, ...found }, answer);
    }
  }
  wire.connect(1.02, outward("203.0.113.9", 42_000));
  assert.deepEqual(wire.lines(here), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D2: a resolver that answers neither try of glibc is one failed lookup", {}, () => {
  const wire = new Wire();
  const [question] = hopsToDns();
  for (const at of [1, 6.005]) {
    wire.query(at, { name: "api.example.com.shop.svc.cluster.local", id: 1 }, question);
    wire.query(at, { name: "api.example.com.shop.svc.cluster.local", type: "AAAA", id: 2 }, question);
  }
  const found = wire.lines(here);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", /^shop\/web -> external:api\.example\.com try_again /);
});

const LOST_ANSWERS = [
  { resolver: "glibc with its defaults", queries: [1, 6.005], bare: 11.01 },
  { resolver: "options timeout:1 attempts:1", queries: [1], bare: 2 },
];
for (const { resolver, queries, bare } of LOST_ANSWERS)
  test(`D2: a search that goes on to the bare name without the answers is for the Service: ${resolver}`, () => {
    const wire = new Wire();
    const [question, answer] = hopsToDns();
    const own = "orders.shop.svc.cluster.local";
    for (const at of queries) {
      for (const [id, type] of ["A", "AAAA"].entries()) {
        wire.query(at, { name: own, type: type as "A", id }, question);
        wire.answer(at + 0.001, { name: own, type: type as "A", id, to: type === "A" ? ["10.96.0.20"] : [] }, answer);
      }
    }
    wire.query(bare, { name: "orders", id: 8 }, question);
    wire.answer(bare + 0.001, { name: "orders", id: 8, rcode: 3 }, answer);
    assert.deepEqual(wire.lines(here), ["shop/web -> shop/orders host_not_found orders.shop.svc.cluster.local"]);
  });

test("D2: a resolved name with a server that does not answer is a failed connection, and no lookup", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  wire.query(1, { name: "down.example.com" }, question);
  wire.answer(1.001, { name: "down.example.com", to: ["203.0.113.9"] }, answer);
  wire.timeOut(1.002, outward("203.0.113.9", 42_000));
  assert.deepEqual(wire.lines(here), ["shop/web -> external:down.example.com timed_out down.example.com"]);
});

test("N2: a pod that queries over IPv4 and connects over IPv6 has its name", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  wire.query(1, { name: "api.example.com", type: "AAAA" }, question);
  wire.answer(1.001, { name: "api.example.com", type: "AAAA", to: ["2001:db8::9"] }, answer);
  wire.connect(1.002, [
    [3, `[${WEB6}]:42000`, "[2001:db8::9]:443"],
    [4, "[fd00::1]:42000", "[2001:db8::9]:443"],
  ]);
  assert.deepEqual(wire.lines(here), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D7: queries to a resolver with an IPv6 address are read", () => {
  const wire = new Wire();
  const me = `[${WEB6}]:40000`;
  wire.query(1, { name: "api.example.com" }, [
    [3, me, "[fd00:10:96::a]:53"],
    [4, me, "[fd00:10:244:2::53]:53"],
  ]);
  wire.answer(1.001, { name: "api.example.com", to: ["203.0.113.9"] }, [
    [0, "[fd00:10:244:2::53]:53", me],
    [4, "[fd00:10:96::a]:53", me],
  ]);
  wire.connect(1.002, outward("203.0.113.9", 42_000));
  assert.deepEqual(wire.lines(here), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D7: DNS on port 5353 behind the Service port 53 is read when the port is configured", () => {
  const wire = new Wire();
  const me = `${WEB}:40000`;
  const server = "10.244.2.53:5353";
  wire.query(1, { name: "api.example.com" }, [
    [3, me, DNS_SERVICE],
    [0, me, server],
    [4, me, server],
  ]);
  wire.answer(1.001, { name: "api.example.com", to: ["203.0.113.9"] }, [
    [0, server, me],
    [4, DNS_SERVICE, me],
  ]);
  wire.connect(1.002, outward("203.0.113.9", 42_000));
  assert.deepEqual(wire.lines(here, [53, 5353]), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D7: the upstream query of a node-local cache, over TCP, is not reported, and names no connection of the node", () => {
  const wire = new Wire();
  const cache = "169.254.20.10:53";
  const me = `${WEB}:40000`;
  const upstream = "192.168.0.1:43000";
  wire.query(1, { name: "api.example.com", id: 1 }, [
    [3, me, cache],
    [0, me, cache],
  ]);
  wire.query(1.0002, { name: "api.example.com", id: 99 }, [[4, upstream, DNS_POD]], true);
  wire.answer(1.001, { name: "api.example.com", id: 99, to: ["203.0.113.9"] }, [[0, DNS_POD, upstream]], true);
  wire.answer(1.0012, { name: "api.example.com", id: 1, to: ["203.0.113.9"] }, [
    [4, cache, me],
    [4, cache, me],
  ]);
  wire.connect(5, [[4, "192.168.0.1:44000", "203.0.113.9:443"]]);
  assert.deepEqual(wire.lines(here), [
    "shop/web -> external:api.example.com resolved api.example.com",
    "node:a -> external:external established",
  ]);
});

test("D1: the upstream query of CoreDNS, masqueraded by its node, is not reported, and the answer to the client names its connection", () => {
  const wire = new Wire();
  const me = `${WEB}:40000`;
  const server = "10.244.1.53:53";
  const local = pod("kube-system/coredns-y", { ip: "10.244.1.53" });
  const cluster = { ...here, objects: [...objects, local, slice("kube-system/kube-dns", 53, [local], "local")] };
  const up = "203.0.113.53:53";
  wire.query(1, { name: "api.example.com", id: 1 }, [
    [3, me, DNS_SERVICE],
    [4, me, server],
  ]);
  wire.query(1.0002, { name: "api.example.com", id: 9 }, [
    [3, "10.244.1.53:45000", up],
    [4, "192.168.0.1:45001", up],
  ]);
  wire.answer(1.02, { name: "api.example.com", id: 9, to: ["203.0.113.9"] }, [
    [0, up, "192.168.0.1:45001"],
    [4, up, "10.244.1.53:45000"],
  ]);
  wire.answer(1.0205, { name: "api.example.com", id: 1, to: ["203.0.113.9"] }, [
    [3, server, me],
    [4, DNS_SERVICE, me],
  ]);
  wire.connect(1.03, outward("203.0.113.9", 42_000));
  wire.connect(2, [[4, "192.168.0.1:44000", "203.0.113.9:443"]]);
  assert.deepEqual(wire.lines(cluster), [
    "shop/web -> external:api.example.com established api.example.com",
    "node:a -> external:external established",
  ]);
});

test("N11: a query and an answer in mixed case (0x20) give a name in lower case", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  wire.query(1, { name: "aPi.eXaMpLe.CoM" }, question);
  wire.answer(1.001, { name: "aPi.eXaMpLe.CoM", to: ["203.0.113.9"] }, answer);
  wire.connect(1.002, outward("203.0.113.9", 42_000));
  assert.deepEqual(wire.lines(here), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("N11: an answer by autopath, a CNAME out of the search path, gives the external name", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  const name = "google.com.shop.svc.cluster.local";
  wire.query(1, { name }, question);
  wire.answer(1.001, { name, chain: ["google.com"], to: ["203.0.113.9"] }, answer);
  wire.connect(1.002, outward("203.0.113.9", 42_000));
  assert.deepEqual(wire.lines(here), [`shop/web -> external:google.com established ${name}`]);
});

test("D3: the retry over TCP after a truncated answer names the addresses that were missing", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  const addresses = Array.from({ length: 40 }, (_, i) => `203.0.113.${i + 1}`);
  wire.query(1, { name: "many.example.com" }, question);
  wire.answer(1.001, { name: "many.example.com", to: addresses.slice(0, 3), isTruncated: true }, answer);
  const [overTcp, back] = hopsToDns(40_001);
  wire.query(1.003, { name: "many.example.com" }, overTcp, true);
  wire.answer(1.004, { name: "many.example.com", to: addresses }, back, true);
  wire.connect(1.01, outward("203.0.113.39", 42_000));
  assert.deepEqual(wire.lines(here), ["shop/web -> external:many.example.com established many.example.com"]);
  assert.deepEqual(wire.resolvers(here), [
    "shop/web udp 10.96.0.10:53 kube-system/coredns-x",
    "shop/web tcp 10.96.0.10:53 kube-system/coredns-x",
  ]);
});

/** A is truncated, AAAA has no address. */
function truncatedAnswer(wire: Wire, at: number, to: readonly string[]): void {
  const [question, answer] = hopsToDns();
  const name = "many.example.com";
  wire.query(at, { name, id: 7 }, question);
  wire.query(at + 0.0001, { name, type: "AAAA", id: 8 }, question);
  wire.answer(at + 0.001, { name, id: 7, to, isTruncated: true }, answer);
  wire.answer(at + 0.0011, { name, type: "AAAA", id: 8 }, answer);
}

test("D3: a client that uses a truncated answer (musl before 1.2.4) has its name, and no failed lookup", () => {
  const wire = new Wire();
  truncatedAnswer(wire, 1, ["203.0.113.1", "203.0.113.2"]);
  wire.connect(1.01, outward("203.0.113.2", 42_000));
  truncatedAnswer(wire, 31, ["203.0.113.1", "203.0.113.2"]);
  wire.timeOut(31.01, outward("203.0.113.1", 43_000));
  assert.deepEqual(wire.lines(here), [
    "shop/web -> external:many.example.com established many.example.com",
    "shop/web -> external:many.example.com timed_out many.example.com",
  ]);
});

for (const [what, to] of [
  ["with some addresses", ["203.0.113.1", "203.0.113.2"]],
  ["without any", []],
] as const) {
  test(`D9: a truncated answer ${what} with TCP blocked is one failed lookup`, () => {
    const wire = new Wire();
    truncatedAnswer(wire, 1, to);
    const hops = (from: string): Hop[] => [
      [3, from, DNS_SERVICE],
      [0, from, DNS_POD],
      [4, from, DNS_POD],
    ];
    wire.timeOut(1.0015, hops(`${WEB}:45000`));
    assert.deepEqual(wire.lines(here), ["shop/web -> external:many.example.com try_again many.example.com"]);
  });
}

test("N11: records of a rewritten query have another owner name; a connection to them has the queried name", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  wire.query(1, { name: "db.corp.example" }, question);
  wire.answer(1.001, { name: "db.corp.example", owner: "orders.shop.svc.cluster.local", to: ["10.96.0.20"] }, answer);
  wire.connect(1.01, [
    [3, `${WEB}:42000`, "10.96.0.20:80"],
    [0, `${WEB}:42000`, "10.244.2.8:8080"],
    [4, `${WEB}:42000`, "10.244.2.8:8080"],
  ]);
  assert.deepEqual(wire.lines(here), ["shop/web -> shop/orders established db.corp.example"]);
});

test("N11: records of a rewritten query without a connection (glibc rejects them) are no lookup", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  wire.query(1, { name: "db.corp.example" }, question);
  wire.answer(1.001, { name: "db.corp.example", owner: "orders.shop.svc.cluster.local", to: ["10.96.0.20"] }, answer);
  assert.deepEqual(wire.lines(here), []);
});

test("D2: of A and AAAA from one port one is lost, both are queried again after 5 s: one connection, and no lookup", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  const name = "api.example.com";
  const ask = (at: number, type: "A" | "AAAA", id: number, to: readonly string[] | null) => {
    wire.query(at, { name, type, id }, to === null ? question.slice(0, 1) : question);
    if (to !== null) wire.answer(at + 0.001, { name, type, id, to }, answer);
  };
  ask(1, "A", 7, ["203.0.113.5"]);
  ask(1.0003, "AAAA", 8, null);
  ask(6.005, "A", 7, ["203.0.113.5"]);
  ask(6.0065, "AAAA", 8, []);
  wire.connect(6.02, outward("203.0.113.5", 42_000));
  assert.deepEqual(wire.lines(here), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("N2: two names in turn on one private address without an owner, every 100 ms, each have their connections", () => {
  const wire = new Wire();
  const expected: string[] = [];
  for (let i = 0; i < 60; i++) {
    const at = 1 + i / 10;
    const [question, answer] = hopsToDns(30_000 + i);
    const name = `${i % 2 === 0 ? "a" : "b"}.example.com`;
    wire.query(at, { name, id: i }, question);
    wire.answer(at + 0.0005, { name, id: i, to: ["10.0.0.9"] }, answer);
    wire.connect(at + 0.002, outward("10.0.0.9", 42_000 + 2 * i));
    expected.push(`shop/web -> external:${name} established ${name}`);
  }
  assert.deepEqual(wire.lines(here), expected);
});

test("N2: every pod of a headless Service with the maximum of addresses of an answer has its name", () => {
  const wire = new Wire();
  const [question, answer] = hopsToDns();
  const name = "shard.shop.svc.cluster.local";
  const to = Array.from({ length: MAX_ANSWER_ADDRESSES + 1 }, (_, i) => `10.99.${i >> 7}.${i & 127}`);
  wire.query(1, { name }, question, true);
  wire.answer(1.001, { name, to }, answer, true);
  for (const [i, address] of to.entries()) wire.connect(1.01 + i / 1_000, outward(address, 42_000 + 2 * i));
  const names = wire.lines(here).map((line) => line.endsWith(`established ${name}`));
  assert.deepEqual(names, [...Array(MAX_ANSWER_ADDRESSES).fill(true), false]);
});

test("N3, N6: packets of a host process that dials a ClusterIP have only the pod's address, and the connection has the Service's name", () => {
  const wire = new Wire();
  const host = "192.168.0.1:45000";
  wire.query(1, { name: "orders.shop.svc.cluster.local" }, [[4, host, DNS_POD]]);
  wire.answer(1.001, { name: "orders.shop.svc.cluster.local", to: ["10.96.0.20"] }, [[0, DNS_POD, host]]);
  wire.connect(1.002, [[4, "192.168.0.1:46000", "10.244.2.8:8080"]]);
  assert.deepEqual(wire.lines(here), ["node:a -> shop/orders established orders.shop.svc.cluster.local"]);
});

/** The server's node sees only the pod's address: NAT of the ClusterIP happens on the client's node. */
function seenByServer(): Wire {
  const wire = new Wire();
  const me = `${WEB}:40000`;
  const name = "orders.shop.svc.cluster.local";
  wire.query(1, { name }, [
    [0, me, DNS_POD],
    [4, me, DNS_POD],
  ]);
  wire.answer(1.001, { name, to: ["10.96.0.20"] }, [
    [3, DNS_POD, me],
    [4, DNS_POD, me],
  ]);
  wire.connect(1.002, [
    [0, `${WEB}:42000`, "10.244.2.8:8080"],
    [4, `${WEB}:42000`, "10.244.2.8:8080"],
  ]);
  return wire;
}

test("C7: the server's node does not report a connection if the client's node has an agent, nor its lookup", () => {
  assert.deepEqual(seenByServer().lines({ ...here, node: "b" }), []);
});

test("C7: the server's node reports a pod of a node without agent", () => {
  const found = seenByServer().lines({ ...here, node: "b", agents: ["b", "c"] });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /^shop\/web -> shop\/orders established/);
});

test("C7: a pod of a node without agent has the Service's name if its answer was seen", () => {
  assert.deepEqual(seenByServer().lines({ ...here, node: "b", agents: ["b", "c"] }), [
    "shop/web -> shop/orders established orders.shop.svc.cluster.local",
  ]);
});

test("D2: a query of musl to two resolvers at once, answered twice, leaves only the connection", () => {
  const wire = new Wire();
  const [me, resolvers] = [`${WEB}:40000`, ["10.96.0.10:53", "10.96.0.11:53"]];
  for (const [i, resolver] of resolvers.entries()) {
    for (const [type, id, to] of [
      ["A", 9, ["203.0.113.5", "203.0.113.6"]],
      ["AAAA", 10, ["2001:db8::5", "2001:db8::6"]],
    ] as const) {
      const question = { name: "api.example.com", type, id };
      wire.query(1 + i / 10_000, question, [
        [3, me, resolver],
        [4, me, resolver],
      ]);
      wire.answer(1.001 + i / 1_000, { ...question, to: i === 0 ? to : to.toReversed() }, [
        [0, resolver, me],
        [4, resolver, me],
      ]);
    }
  }
  wire.connect(2, outward("203.0.113.5", 42_000));
  assert.deepEqual(wire.lines(here), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D1: an answer without a query, from a pod that is no DNS server, names no connection", () => {
  const wire = new Wire();
  const forger = pod("shop/forger", { ip: "10.244.1.66" });
  const forged: Hop[] = [
    [0, "10.244.1.66:53", `${WEB}:40000`],
    [4, "10.244.1.66:53", `${WEB}:40000`],
  ];
  wire.answer(1, { name: "evil.example", to: ["203.0.113.5"] }, forged);
  wire.connect(2, [
    [3, `${WEB}:5000`, "203.0.113.5:443"],
    [0, `${WEB}:5000`, "203.0.113.5:443"],
    [4, "192.168.0.1:5001", "203.0.113.5:443"],
  ]);
  assert.deepEqual(wire.lines({ ...here, objects: [...objects, forger] }), [
    "shop/web -> external:external established",
  ]);
});
