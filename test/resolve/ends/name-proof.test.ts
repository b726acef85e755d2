/** A client may ask a DNS server of its own, which gives any name any address: it must not pass as a client of a Service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import type { ConnectionOutcome } from "../../../src/model/connection.ts";
import { added, deployed, pod, service, slice, threeNodes } from "../../support/cluster/cluster-objects.ts";
import { connection, endText, lookup, reported, type WatchedCluster } from "../../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const OUTSIDE = "203.0.113.9";
const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
assert.ok(set && orders);
const withoutSlices: readonly KubernetesObject[] = [
  ...threeNodes(),
  pod("shop/web", { ip: WEB }),
  set,
  orders,
  service("shop/orders", { ip: "10.96.0.20" }),
  service("shop/ledger"),
  service("shop/pay", { type: "ExternalName", externalName: "api.pay.example.com" }),
];
const objects = [...withoutSlices, slice("shop/orders", 8080, [orders]), slice("shop/ledger", 5432, ["203.0.113.50"])];

/** The server and the dialed Service of a connection to an address that a server of the client gave the name. */
function reached(
  cluster: WatchedCluster,
  name: string,
  address: string,
  { chain = [], outcome = "established" }: { chain?: readonly string[]; outcome?: ConnectionOutcome } = {},
): string {
  const facts = [
    lookup({ at: 1, from: WEB, name, to: [address], chain, resolver: "203.0.113.53" }),
    connection({ at: 1.1, from: WEB, to: `${address}:443`, outcome }),
  ];
  const [first, ...others] = reported(cluster, facts).map(({ interaction }) => interaction);
  assert.deepEqual(others, []);
  return first === undefined ? "" : `${endText(first.server)}, ${first.dialledService}`;
}

const CASES: readonly (readonly [
  what: string,
  name: string,
  address: string,
  chain: readonly string[],
  expect: string,
])[] = [
  ["of a Service", "orders.shop.svc.cluster.local", OUTSIDE, [], "external:orders.shop.svc.cluster.local, null"],
  ["of no Service", "gone.shop.svc.cluster.local", OUTSIDE, [], "external:gone.shop.svc.cluster.local, null"],
  ["of the pod domain", "a.shop.pod.cluster.local", OUTSIDE, [], "external:a.shop.pod.cluster.local, null"],
  [
    "of an ExternalName Service",
    "pay.shop.svc.cluster.local",
    OUTSIDE,
    [],
    "external:pay.shop.svc.cluster.local, null",
  ],
  ["with a chain", "orders.shop.svc.cluster.local", OUTSIDE, ["evil.example"], "external:evil.example, null"],
  [
    "of the cluster set",
    "orders.shop.svc.clusterset.local",
    OUTSIDE,
    [],
    "external:orders.shop.svc.clusterset.local, null",
  ],
];

for (const [what, name, address, chain, expect] of CASES) {
  test(`a name ${what} does not make a Service of an address that the cluster does not know`, () => {
    assert.equal(reached({ objects }, name, address, { chain }), expect);
    const events = objects.map((object) => added(-50, object));
    assert.equal(reached({ events }, name, address, { chain }), expect);
  });
}

test("a name makes a Service of an endpoint outside that the cluster knows", () => {
  const name = "ledger.shop.svc.cluster.local";
  assert.equal(reached({ objects }, name, "203.0.113.50"), "service:shop/ledger, shop/ledger");
});

test("without EndpointSlices, or among pods of a cluster file, a name makes a Service of any address", () => {
  const name = "orders.shop.svc.cluster.local";
  assert.equal(reached({ objects: withoutSlices }, name, OUTSIDE), "service:shop/orders, shop/orders");
  const rangeless = objects.filter(({ kind }) => kind !== "Node");
  assert.equal(reached({ objects: rangeless }, name, "10.244.2.99"), "shop/orders, shop/orders");
});

test("a name makes a Service of a private address where it may be one that the Service had", () => {
  const name = "orders.shop.svc.cluster.local";
  const old = "10.96.0.21";
  const events = objects.map((object) => added(-50, object));
  assert.equal(reached({ events }, name, old, { outcome: "timed_out" }), "shop/orders, shop/orders");
  assert.equal(
    reached({ events }, "gone.shop.svc.cluster.local", old, { outcome: "timed_out" }),
    "service:shop/gone, null",
  );
  assert.equal(reached({ events }, name, old), `external:${name}, null`);
  assert.equal(reached({ events }, name, OUTSIDE, { outcome: "timed_out" }), `external:${name}, null`);
  // Of one moment.
  assert.equal(reached({ objects }, name, old), "shop/orders, shop/orders");
});

test("a name of the cluster set makes a Service of any address where a Service implements the import, also beside the exported one", () => {
  const imported = service("shop/derived-8kd1", {});
  const labels = { "multicluster.kubernetes.io/service-name": "orders" };
  const derived = { ...imported, metadata: { ...imported.metadata, labels } };
  const cluster = { objects: [...objects, derived] };
  assert.equal(reached(cluster, "orders.shop.svc.clusterset.local", OUTSIDE), "service:shop/orders, shop/orders");
});

test("the name of an ExternalName Service that leads to another Service makes a Service of an endpoint of that one", () => {
  const chain = ["ledger.shop.svc.cluster.local"];
  const alias = service("shop/alias", { type: "ExternalName", externalName: "ledger.shop.svc.cluster.local" });
  const cluster = { objects: [...objects, alias] };
  const of = (name: string) => reached(cluster, `${name}.shop.svc.cluster.local`, "203.0.113.50", { chain });
  assert.equal(of("alias"), "service:shop/alias, shop/alias");
  assert.equal(of("orders"), "external:orders.shop.svc.cluster.local, null");
});
