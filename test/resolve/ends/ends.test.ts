import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interaction } from "../../../src/model/interaction.ts";
import { deployed, pod, service, slice, threeNodes } from "../../support/cluster/cluster-objects.ts";
import {
  type ConnectionOptions,
  connection,
  endText,
  type Fact,
  lookup,
  reported,
  type WatchedCluster,
} from "../../support/cluster/watched-cluster.ts";

const web = pod("shop/web-1", { ip: "10.244.1.5" });
const orders = deployed("shop/orders", { ip: "10.244.1.6", pod: "orders-1" });
const host = pod("ops/exporter-1", { hostNetwork: true, ports: [{ containerPort: 9100 }] });
const cluster: WatchedCluster = {
  objects: [
    ...threeNodes(),
    web,
    ...orders,
    host,
    service("shop/orders", {
      ip: "10.96.0.20",
      ports: [{ port: 80, nodePort: 30_080 }],
      balancerIps: ["198.51.100.7"],
    }),
    slice("shop/orders", 8080, orders.slice(-1)),
    service("shop/manual", { ip: "10.96.0.30" }),
    slice("shop/manual", 5432, ["172.16.9.9"]),
    service("shop/mail", { type: "ExternalName", externalName: "mail.example.com" }),
  ],
  externalCidrs: [{ cidr: "203.0.113.0/24", name: "office" }],
};

/** `rule pod -> end rule pod, service` of the only interaction. */
function foundEnds(facts: readonly Fact[], watched: WatchedCluster = cluster): string {
  const all = reported(watched, facts).map(({ interaction }) => interaction);
  assert.equal(all.length, 1);
  const { clientRule, clientPod, server, serverRule, serverPod, dialledService } = all[0] as Interaction;
  return `${clientRule} ${clientPod} -> ${endText(server)} ${serverRule} ${serverPod}, ${dialledService}`;
}

const dial = (to: string, more: Partial<ConnectionOptions> = {}): Fact =>
  connection({ at: 1, from: "10.244.1.5", to, ...more });
const ask = (name: string, to: string, chain: readonly string[] = []): Fact =>
  lookup({ at: 0.9, from: "10.244.1.5", name, to: [to], chain });

const CASES: readonly [what: string, facts: readonly Fact[], expected: string][] = [
  ["a pod's address", [dial("10.244.1.6:8080")], "shop/orders pod orders-1, null"],
  ["a ClusterIP", [dial("10.96.0.20:80", { lastTo: "10.244.1.6:8080" })], "shop/orders pod orders-1, shop/orders"],
  ["a ClusterIP, translated elsewhere", [dial("10.96.0.20:80")], "shop/orders service null, shop/orders"],
  [
    "a load balancer's address",
    [dial("198.51.100.7:80", { lastTo: "10.244.1.6:8080" })],
    "shop/orders pod orders-1, shop/orders",
  ],
  ["a node port", [dial("192.168.0.2:30080", { lastTo: "10.244.1.6:8080" })], "shop/orders pod orders-1, shop/orders"],
  ["a node port of another node", [dial("192.168.0.2:30080")], "shop/orders endpoint null, shop/orders"],
  [
    "the name of a Service, with a pod's address",
    [ask("orders.shop.svc.cluster.local", "10.244.1.6"), dial("10.244.1.6:8080")],
    "shop/orders pod orders-1, shop/orders",
  ],
  [
    "the name of a pod behind a Service",
    [ask("orders-1.orders.shop.svc.cluster.local", "10.244.1.6"), dial("10.244.1.6:8080")],
    "shop/orders pod orders-1, shop/orders",
  ],
  [
    "the name of an ExternalName Service",
    [ask("mail.shop.svc.cluster.local", "192.0.2.25", ["mail.example.com"]), dial("192.0.2.25:25")],
    "external:mail.example.com name null, shop/mail",
  ],
  [
    "the name of a Service that does not exist",
    [ask("gone.shop.svc.cluster.local", "192.0.2.25"), dial("192.0.2.25:25")],
    "external:gone.shop.svc.cluster.local name null, null",
  ],
  ["an endpoint of a Service without pods", [dial("172.16.9.9:5432")], "service:shop/manual endpoint null, null"],
  [
    "a Service without pods",
    [dial("10.96.0.30:5432", { lastTo: "172.16.9.9:5432" })],
    "service:shop/manual endpoint null, shop/manual",
  ],
  ["a port of a hostNetwork pod", [dial("192.168.0.1:9100")], "ops/exporter-1 host_pod exporter-1, null"],
  ["a node", [dial("192.168.0.1:10250")], "node:a node null, null"],
  [
    "a name outside the cluster",
    [ask("api.example.com", "192.0.2.1"), dial("192.0.2.1:443")],
    "external:api.example.com name null, null",
  ],
  ["an address outside the cluster", [dial("192.0.2.2:443")], "external:external outside null, null"],
  ["an address of a configured range", [dial("203.0.113.9:443")], "external:office cidr null, null"],
];
for (const [what, facts, expected] of CASES) {
  test(`${what}: how the server was found, its pod, and the dialed Service`, () => {
    assert.equal(foundEnds(facts), `pod web-1 -> ${expected}`);
  });
}

test("a lookup without a connection has the Service of its name, and no pod of the server", () => {
  assert.equal(
    foundEnds([ask("orders.shop.svc.cluster.local", "10.96.0.20")]),
    "pod web-1 -> shop/orders name null, shop/orders",
  );
});

test("a failed lookup has the Service of its name, if it exists", () => {
  const fails = (name: string): Fact => lookup({ at: 0.9, from: "10.244.1.5", name, rcode: 3 });
  assert.equal(foundEnds([fails("orders.shop.svc.cluster.local")]), "pod web-1 -> shop/orders name null, shop/orders");
  assert.equal(foundEnds([fails("gone.shop.svc.cluster.local")]), "pod web-1 -> service:shop/gone name null, null");
});

test("a client without a known owner has the rule unknown, and a host process no pod", () => {
  const noCluster = foundEnds([dial("10.244.1.6:8080")], {});
  assert.equal(noCluster, "unknown null -> unresolved:10.244.1.6 unknown null, null");
  const fromNode = connection({ at: 1, from: "192.168.0.1", to: "10.244.1.6:8080" });
  assert.equal(foundEnds([fromNode]), "node null -> shop/orders pod orders-1, null");
});
