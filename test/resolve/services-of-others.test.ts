/**
 * Anyone may write Services and EndpointSlices of their own namespace, with any addresses and targets: they say nothing
 * about pods and addresses of others.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { deployed, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lines, lookup } from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const EVIL = "10.244.1.66";
const NODE = "192.168.0.1";
const ORDERS = "10.96.0.20";
const OUTSIDE = "203.0.113.9";
const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
assert.ok(set && orders);
const evil = pod("evil/evil", { ip: EVIL });
const objects: readonly KubernetesObject[] = [
  ...threeNodes(),
  pod("shop/web", { ip: WEB }),
  set,
  orders,
  evil,
  service("shop/orders", { ip: ORDERS }),
  slice("shop/orders", 8080, [orders]),
];

/** An EndpointSlice of `evil` with an address, and a pod as its target. */
function written(name: string, port: number, address: string, target?: KubernetesObject): KubernetesObject {
  const { metadata } = target ?? {};
  const targetRef = { kind: "Pod", namespace: "evil", name: metadata?.name, uid: metadata?.uid };
  return {
    ...slice(`evil/${name}`, port, []),
    endpoints: [{ addresses: [address], ...(target === undefined ? {} : { targetRef }) }],
  };
}

/** A Service of `evil` with an external address. */
function claiming(address: string, ports: readonly Record<string, unknown>[] = [{ port: 80 }]): KubernetesObject {
  return service("evil/x", { ip: "10.96.0.66", externalIps: [address], ports });
}

function labelled(object: KubernetesObject, labels: Record<string, string>): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, labels } };
}

interface Claim {
  readonly what: string;
  readonly claims: readonly KubernetesObject[];
  readonly facts: readonly Fact[];
  readonly expect: readonly string[];
}

const DNS_PORT = [{ port: 53, protocol: "UDP" }];
const CLAIMS: readonly Claim[] = [
  {
    what: "makes no DNS server of a pod of another namespace by its address",
    claims: [service("evil/dns", { ports: DNS_PORT }), written("dns", 53, WEB)],
    facts: [lookup({ at: 1, from: WEB, name: "gone.example.com", rcode: 3 })],
    expect: ["shop/web -> external:gone.example.com host_not_found gone.example.com"],
  },
  {
    what: "makes no DNS server of a pod of another namespace by its uid",
    claims: [service("evil/dns", { ports: DNS_PORT }), written("dns", 53, WEB, pod("shop/web"))],
    facts: [lookup({ at: 1, from: WEB, name: "gone.example.com", rcode: 3 })],
    expect: ["shop/web -> external:gone.example.com host_not_found gone.example.com"],
  },
  {
    what: "puts no pod of another namespace on a port of a node",
    claims: [service("evil/x"), written("x", 10_250, NODE, pod("shop/web"))],
    facts: [connection({ at: 1, from: "10.244.2.8", to: `${NODE}:10250` })],
    expect: ["shop/orders -> node:a established"],
  },
  {
    what: "puts no pod without the network of the node on a port of a node",
    claims: [service("evil/x"), written("x", 10_250, NODE, evil)],
    facts: [connection({ at: 1, from: "10.244.2.8", to: `${NODE}:10250` })],
    expect: ["shop/orders -> node:a established"],
  },
  {
    what: "does not draw its own pods as a workload of another namespace",
    claims: [service("evil/x", { ip: "10.96.0.66" }), written("x", 80, EVIL, orders)],
    facts: [connection({ at: 1, from: WEB, to: "10.96.0.66", outcome: "timed_out" })],
    expect: ["shop/web -> service:evil/x timed_out"],
  },
  {
    what: "does not take the cluster address of another Service by an external address",
    claims: [claiming(ORDERS), written("x", 80, EVIL, evil)],
    facts: [connection({ at: 1, from: WEB, to: ORDERS, outcome: "timed_out" })],
    expect: ["shop/web -> shop/orders timed_out"],
  },
  {
    what: "is no client by an external address",
    claims: [claiming(OUTSIDE)],
    facts: [connection({ at: 1, from: OUTSIDE, to: WEB })],
    expect: ["external:external -> shop/web established"],
  },
  {
    what: "has only its own ports of an external address",
    claims: [claiming(OUTSIDE)],
    facts: [
      connection({ at: 1, from: WEB, to: `${OUTSIDE}:443` }),
      connection({ at: 2, from: WEB, to: `${OUTSIDE}:80`, outcome: "refused" }),
    ],
    expect: ["shop/web -> external:external established", "shop/web -> service:evil/x refused"],
  },
  {
    what: "has an external address only where it is redirected",
    claims: [claiming(OUTSIDE), written("x", 80, EVIL, evil)],
    facts: [
      connection({ at: 1, from: WEB, to: OUTSIDE }),
      connection({ at: 2, from: WEB, to: OUTSIDE, lastTo: EVIL }),
      connection({ at: 3, from: WEB, to: ORDERS, lastTo: OUTSIDE, outcome: "timed_out" }),
    ],
    expect: [
      "shop/web -> external:external established",
      "shop/web -> evil/evil established",
      "shop/web -> shop/orders timed_out",
    ],
  },
  {
    what: "has its external address for clients outside, where a redirection may be unseen",
    claims: [claiming("192.168.0.80"), written("x", 80, EVIL, evil)],
    facts: [
      connection({ at: 1, from: "198.51.100.7", to: "192.168.0.80" }),
      connection({ at: 2, from: WEB, to: "192.168.0.80" }),
    ],
    expect: ["external:external -> evil/evil established", "shop/web -> external:external established"],
  },
  {
    what: "has the address of a pod where it is redirected to its endpoint",
    claims: [claiming("10.244.2.8"), written("x", 80, EVIL, evil)],
    facts: [
      connection({ at: 1, from: WEB, to: "10.244.2.8", lastTo: EVIL }),
      connection({ at: 2, from: WEB, to: "10.244.2.8", lastTo: OUTSIDE }),
    ],
    expect: ["shop/web -> evil/evil established", "shop/web -> shop/orders established"],
  },
  {
    what: "has a port of a node only where it is redirected",
    claims: [claiming(NODE)],
    facts: [connection({ at: 1, from: WEB, to: NODE }), connection({ at: 2, from: WEB, to: NODE, outcome: "refused" })],
    expect: ["shop/web -> node:a established", "shop/web -> service:evil/x refused"],
  },
  {
    what: "has no external address without a cluster address",
    claims: [service("evil/x", { externalIps: [OUTSIDE] })],
    facts: [connection({ at: 1, from: WEB, to: OUTSIDE, outcome: "refused" })],
    expect: ["shop/web -> external:external refused"],
  },
  {
    what: "has no external address if another proxy serves it",
    claims: [labelled(claiming(OUTSIDE), { "service.kubernetes.io/service-proxy-name": "none" })],
    facts: [connection({ at: 1, from: WEB, to: OUTSIDE, outcome: "refused" })],
    expect: ["shop/web -> external:external refused"],
  },
  {
    what: "has no lookups of names with its external address",
    claims: [claiming(OUTSIDE)],
    facts: [lookup({ at: 1, from: WEB, name: "api.example.com", to: [OUTSIDE] })],
    expect: ["shop/web -> external:api.example.com resolved api.example.com"],
  },
  {
    what: "answers no queries to its external address",
    claims: [claiming(OUTSIDE, DNS_PORT), written("x", 53, EVIL, evil)],
    facts: [
      lookup({ at: 1, from: WEB, name: "api.example.com", to: [EVIL], resolver: OUTSIDE, responder: EVIL }),
      connection({ at: 1.1, from: WEB, to: EVIL }),
    ],
    expect: ["shop/web -> evil/evil established"],
  },
  {
    what: "has no connections of another namespace by an endpoint outside",
    claims: [service("evil/x", { ip: "10.96.0.66" }), written("x", 80, OUTSIDE)],
    facts: [
      connection({ at: 1, from: WEB, to: OUTSIDE }),
      connection({ at: 2, from: EVIL, to: OUTSIDE }),
      connection({ at: 3, from: WEB, to: "10.96.0.66", lastTo: OUTSIDE }),
    ],
    expect: [
      "shop/web -> external:external established",
      "evil/evil -> service:evil/x established",
      "shop/web -> service:evil/x established",
    ],
  },
];

for (const { what, claims, facts, expect } of CLAIMS) {
  test(`a Service of one namespace ${what}`, () => {
    // In a file, the objects of a namespace come in any order.
    for (const all of [
      [...objects, ...claims],
      [...claims, ...objects],
    ]) {
      assert.deepEqual(lines({ objects: all, node: null, agents: null }, facts), expect);
    }
  });
}

test("a DNS server forwards lookups although an EndpointSlice of another namespace has its address too", () => {
  const server = pod("dns/unbound-x", { ip: "10.244.1.54" });
  const own = [
    server,
    service("dns/unbound", { ip: "10.96.0.54", ports: DNS_PORT }),
    slice("dns/unbound", 53, [server]),
  ];
  const claims = [service("evil/dns", { ports: DNS_PORT }), written("dns", 53, "10.244.1.54")];
  const asked = lookup({ at: 1, from: "10.244.1.54", name: "gone.example.com", rcode: 3 });
  assert.deepEqual(lines({ objects: [...objects, ...own, ...claims] }, [asked]), []);
});
