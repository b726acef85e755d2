import assert from "node:assert/strict";
import { test } from "node:test";
import { labelPrefixes } from "../../src/lookups/cluster-domain.ts";
import { deployed, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines, lookup } from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
assert.ok(set && orders);
const objects = [
  ...threeNodes(),
  pod("shop/web", { ip: WEB }),
  set,
  orders,
  service("shop/orders", { ip: "10.96.0.20" }),
  slice("shop/orders", 8080, [orders]),
];

test("N11: foo.mycluster.local is not in cluster.local", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "orders.shop.svc.mycluster.local", to: ["203.0.113.9"] }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9" }),
    lookup({ at: 20, from: WEB, name: "gone.shop.svc.mycluster.local", rcode: 3 }),
  ];
  assert.deepEqual(lines({ objects }, facts), [
    "shop/web -> external:orders.shop.svc.mycluster.local established orders.shop.svc.mycluster.local",
    "shop/web -> external:gone.shop.svc.mycluster.local host_not_found gone.shop.svc.mycluster.local",
  ]);
});

test("N11: with another cluster domain, names of Services are in it, and cluster.local is outside", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "gone.shop.svc.k8s.example.org", rcode: 3 }),
    lookup({ at: 2, from: WEB, name: "lost.shop.svc.cluster.local", rcode: 3 }),
  ];
  assert.deepEqual(lines({ objects, clusterDomain: "K8s.Example.org" }, facts), [
    "shop/web -> service:shop/gone host_not_found gone.shop.svc.k8s.example.org",
    "shop/web -> external:lost.shop.svc.cluster.local host_not_found lost.shop.svc.cluster.local",
  ]);
});

test("N11: names in mixed case (0x20) are the same name", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "oRdErS.sHoP.sVc.ClUsTeR.lOcAl", to: ["10.96.0.20"] }),
    connection({ at: 1.1, from: WEB, to: "10.96.0.20", lastTo: "10.244.2.8:8080" }),
    lookup({ at: 20, from: WEB, name: "GoNe.shop.SVC.cluster.LOCAL", rcode: 3 }),
    lookup({ at: 20.001, from: WEB, name: "gOnE.shop.svc.cluster.local", rcode: 3, type: "AAAA" }),
  ];
  assert.deepEqual(lines({ objects }, facts), [
    "shop/web -> shop/orders established orders.shop.svc.cluster.local",
    "shop/web -> service:shop/gone host_not_found gone.shop.svc.cluster.local",
  ]);
});

test("N11: an autopath CNAME to a name outside the cluster gives that external name", () => {
  const name = "google.com.shop.svc.cluster.local";
  const facts = [
    lookup({ at: 1, from: WEB, name, to: ["203.0.113.9"], chain: ["google.com"] }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9:443" }),
    lookup({ at: 20, from: WEB, name, to: ["203.0.113.9"], chain: ["google.com", "www3.l.google.com"] }),
  ];
  assert.deepEqual(lines({ objects }, facts), [
    `shop/web -> external:google.com established ${name}`,
    `shop/web -> external:google.com resolved ${name}`,
  ]);
});

test("N11: an autopath CNAME to a name in the cluster gives that workload", () => {
  const name = "orders.shop.svc.cluster.local.shop.svc.cluster.local";
  const facts = [
    lookup({ at: 1, from: WEB, name, to: ["10.96.0.20"], chain: ["orders.shop.svc.cluster.local"] }),
    connection({ at: 1.1, from: WEB, to: "10.96.0.20", lastTo: "10.244.2.8:8080" }),
    lookup({ at: 20, from: WEB, name, to: ["10.96.0.20"], chain: ["orders.shop.svc.cluster.local"] }),
  ];
  assert.deepEqual(lines({ objects }, facts), [
    `shop/web -> shop/orders established ${name}`,
    `shop/web -> shop/orders resolved ${name}`,
  ]);
});

test("without a cluster, names in its domain are Services, other names external, and addresses unresolved", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "orders.shop.svc.cluster.local", to: ["10.96.0.20"] }),
    connection({ at: 1.1, from: WEB, to: "10.96.0.20", lastTo: "10.244.2.8:8080" }),
    lookup({ at: 2, from: WEB, name: "api.example.com", to: ["203.0.113.9"] }),
    connection({ at: 2.1, from: WEB, to: "203.0.113.9" }),
    connection({ at: 3, from: WEB, to: "203.0.113.10" }),
  ];
  assert.deepEqual(lines({}, facts), [
    `unresolved:${WEB} -> service:shop/orders established orders.shop.svc.cluster.local`,
    `unresolved:${WEB} -> external:api.example.com established api.example.com`,
    `unresolved:${WEB} -> unresolved:203.0.113.10 established`,
  ]);
});

const IMPORTED = { ownerReferences: [{ kind: "ServiceImport", name: "inventory", uid: "import" }] };
const LABELLED = { labels: { "multicluster.kubernetes.io/service-name": "inventory" } };

for (const [how, metadata] of [
  ["its owner", IMPORTED],
  ["a label", LABELLED],
] as const) {
  test(`N3: a multi-cluster service is named after itself, not after its derived Service, found by ${how}`, () => {
    const plain = service("shop/derived-8kd1", { ip: "10.96.7.7" });
    const derived = { ...plain, metadata: { ...plain.metadata, ...metadata } };
    const cluster = [...objects, derived, slice("shop/derived-8kd1", 8080, ["10.9.3.4"])];
    const name = "inventory.shop.svc.clusterset.local";
    const facts = [
      lookup({ at: 1, from: WEB, name, to: ["10.96.7.7"] }),
      connection({ at: 1.1, from: WEB, to: "10.96.7.7", lastTo: "10.9.3.4:8080" }),
      connection({ at: 2, from: WEB, to: "10.96.7.7", outcome: "refused" }),
      lookup({ at: 20, from: WEB, name, to: ["10.96.7.7"] }),
    ];
    assert.deepEqual(lines({ objects: cluster }, facts), [
      `shop/web -> service:shop/inventory established ${name}`,
      `shop/web -> service:shop/inventory refused ${name}`,
      `shop/web -> service:shop/inventory resolved ${name}`,
    ]);
  });
}

test("N3: a name of the cluster set that fails, or that resolves to another cluster, gives the imported service", () => {
  const plain = service("shop/derived-8kd1", { ip: "10.96.7.7" });
  const imported = { ...plain, metadata: { ...plain.metadata, ...IMPORTED } };
  const facts = [
    lookup({ at: 1, from: WEB, name: "gone.shop.svc.clusterset.local", rcode: 3 }),
    lookup({ at: 20, from: WEB, name: "inventory.shop.svc.clusterset.local", to: ["203.0.113.80"] }),
    connection({ at: 20.1, from: WEB, to: "203.0.113.80" }),
    lookup({ at: 21, from: WEB, name: "orders.shop.svc.clusterset.local", to: ["203.0.113.81"] }),
    connection({ at: 21.1, from: WEB, to: "203.0.113.81" }),
  ];
  assert.deepEqual(lines({ objects: [...objects, imported] }, facts), [
    "shop/web -> service:shop/gone host_not_found gone.shop.svc.clusterset.local",
    "shop/web -> service:shop/inventory established inventory.shop.svc.clusterset.local",
    "shop/web -> external:orders.shop.svc.clusterset.local established orders.shop.svc.clusterset.local",
  ]);
});

test("the prefixes of a name end at its dots, longest first, and have one label or two at least", () => {
  assert.deepEqual(labelPrefixes("a.b.c.d"), ["a.b.c", "a.b"]);
  assert.deepEqual(labelPrefixes("a.b.c.d", 1), ["a.b.c", "a.b", "a"]);
  for (const name of ["", "a"]) assert.deepEqual([labelPrefixes(name), labelPrefixes(name, 1)], [[], []]);
  assert.deepEqual([labelPrefixes("a.b"), labelPrefixes("a.b", 1)], [[], ["a"]]);
  // The longest name has 127 labels.
  assert.deepEqual(
    labelPrefixes(`${"a.".repeat(126)}a`).map(({ length }) => length),
    [251, 249, 247, 245, 243, 241, 239, 237, 235, 233, 231, 229, 227, 225, 223, 221],
  );
});
