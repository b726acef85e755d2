import assert from "node:assert/strict";
import { test } from "node:test";
import { Direction } from "../../src/model/packet.ts";
import {
  added,
  deleted,
  deployed,
  modified,
  pod,
  service,
  slice,
  threeNodes,
} from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lines, lookup, type WatchedCluster } from "../support/cluster/watched-cluster.ts";

const web = pod("shop/web", { ip: "10.244.1.5" });
const [ordersSet, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
const [, orders2] = deployed("shop/orders", { ip: "10.244.3.8", node: "c", pod: "orders-5d9c7b8f4-k8s2p" });
assert.ok(ordersSet && orders && orders2);

const ordersService = service("shop/orders", {
  ip: "10.96.0.20",
  type: "LoadBalancer",
  balancerIps: ["198.51.100.7"],
  externalIps: ["198.51.100.8"],
  ports: [{ port: 80, protocol: "TCP", nodePort: 30_080 }],
});
const objects = [
  ...threeNodes(),
  web,
  ordersSet,
  orders,
  orders2,
  ordersService,
  slice("shop/orders", 8080, [orders, orders2]),
  service("shop/orders-headless"),
  slice("shop/orders-headless", 8080, [orders, orders2]),
  service("shop/alias", { type: "ExternalName", externalName: "orders.shop.svc.cluster.local" }),
  service("shop/pay", { type: "ExternalName", externalName: "api.pay.example.com" }),
  service("shop/ledger", { ip: "10.96.0.30" }),
  slice("shop/ledger", 5432, ["198.51.100.50"]),
  service("shop/ledger-headless"),
  slice("shop/ledger-headless", 5432, ["198.51.100.50"]),
];
const here: WatchedCluster = { objects, node: "a", agents: ["a", "b", "c"] };
const SERVER = "10.244.2.8:8080";

interface Path {
  readonly path: string;
  readonly cluster?: WatchedCluster;
  readonly facts: readonly Fact[];
  readonly expect: string;
}

const WEB = "10.244.1.5";
const ask = (name: string, to: readonly string[], chain: readonly string[] = []) =>
  lookup({ at: 1, from: WEB, name, to, chain });

const PATHS: readonly Path[] = [
  {
    path: "the ClusterIP",
    facts: [
      ask("orders.shop.svc.cluster.local", ["10.96.0.20"]),
      connection({ at: 1.1, from: WEB, to: "10.96.0.20", lastTo: SERVER }),
    ],
    expect: "shop/web -> shop/orders established orders.shop.svc.cluster.local",
  },
  {
    path: "a headless Service",
    facts: [
      ask("orders-headless.shop.svc.cluster.local", ["10.244.2.8", "10.244.3.8"]),
      connection({ at: 1.1, from: WEB, to: "10.244.3.8:8080" }),
    ],
    expect: "shop/web -> shop/orders established orders-headless.shop.svc.cluster.local",
  },
  {
    path: "an ExternalName Service with a target in the cluster",
    facts: [
      ask("alias.shop.svc.cluster.local", ["10.96.0.20"], ["orders.shop.svc.cluster.local"]),
      connection({ at: 1.1, from: WEB, to: "10.96.0.20", lastTo: SERVER }),
    ],
    expect: "shop/web -> shop/orders established alias.shop.svc.cluster.local",
  },
  {
    path: "a node port of its own node",
    facts: [connection({ at: 1, from: WEB, to: "192.168.0.1:30080", lastFrom: "192.168.0.1", lastTo: SERVER })],
    expect: "shop/web -> shop/orders established",
  },
  {
    path: "a node port of another node, where alone the endpoint is visible",
    facts: [connection({ at: 1, from: WEB, to: "192.168.0.2:30080" })],
    expect: "shop/web -> shop/orders established",
  },
  {
    path: "a node port without an endpoint on that node (externalTrafficPolicy: Local)",
    cluster: { objects, node: "b", agents: ["a", "b", "c"] },
    facts: [connection({ at: 1, from: "198.51.100.99", to: "192.168.0.2:30080", outcome: "timed_out" })],
    expect: "external:external -> shop/orders timed_out",
  },
  {
    path: "the load balancer's address",
    facts: [connection({ at: 1, from: WEB, to: "198.51.100.7", lastTo: SERVER })],
    expect: "shop/web -> shop/orders established",
  },
  {
    path: "an external address of the Service, without a visible endpoint",
    facts: [connection({ at: 1, from: WEB, to: "198.51.100.8", outcome: "timed_out" })],
    expect: "shop/web -> shop/orders timed_out",
  },
  {
    path: "its pod's address",
    facts: [connection({ at: 1, from: WEB, to: SERVER })],
    expect: "shop/web -> shop/orders established",
  },
  {
    path: "a name with the pod's address in it",
    facts: [
      ask("10-244-2-8.orders-headless.shop.svc.cluster.local", ["10.244.2.8"]),
      connection({ at: 1.1, from: WEB, to: SERVER }),
    ],
    expect: "shop/web -> shop/orders established 10-244-2-8.orders-headless.shop.svc.cluster.local",
  },
  {
    path: "a name of the pod domain",
    facts: [ask("10-244-2-8.shop.pod.cluster.local", ["10.244.2.8"]), connection({ at: 1.1, from: WEB, to: SERVER })],
    expect: "shop/web -> shop/orders established 10-244-2-8.shop.pod.cluster.local",
  },
  {
    path: "a name of the pod domain, without a connection",
    facts: [ask("10-244-2-8.shop.pod.cluster.local", ["10.244.2.8"])],
    expect: "shop/web -> shop/orders resolved 10-244-2-8.shop.pod.cluster.local",
  },
  {
    path: "the ClusterIP, without a connection",
    facts: [ask("orders.shop.svc.cluster.local", ["10.96.0.20"])],
    expect: "shop/web -> shop/orders resolved orders.shop.svc.cluster.local",
  },
  {
    path: "an ExternalName Service with a target in the cluster, without a connection",
    facts: [ask("alias.shop.svc.cluster.local", ["10.96.0.20"], ["orders.shop.svc.cluster.local"])],
    expect: "shop/web -> shop/orders resolved alias.shop.svc.cluster.local",
  },
  {
    path: "the load balancer's address, by a public name, without a connection",
    facts: [ask("orders.example.com", ["198.51.100.7"])],
    expect: "shop/web -> shop/orders resolved orders.example.com",
  },
];

for (const { path, cluster = here, facts, expect } of PATHS) {
  test(`N3: a workload is one node if reached by ${path}`, () => {
    assert.deepEqual(lines(cluster, facts), [expect]);
  });
}

test("N3: a workload that connects to itself through its Service is an edge to itself", () => {
  const facts = [connection({ at: 1, from: "10.244.2.8", to: "10.96.0.20", lastFrom: "10.244.2.1", lastTo: SERVER })];
  assert.deepEqual(lines({ ...here, node: "b" }, facts), ["shop/orders -> shop/orders established"]);
});

test("N3: an ExternalName Service stands for its target outside", () => {
  const chain = ["api.pay.example.com", "e4.cdn.example.net"];
  const facts = [
    ask("pay.shop.svc.cluster.local", ["203.0.113.4"], chain),
    connection({ at: 1.1, from: WEB, to: "203.0.113.4:443" }),
    lookup({ at: 20, from: WEB, name: "pay.shop.svc.cluster.local", to: ["203.0.113.4"], chain }),
  ];
  assert.deepEqual(lines(here, facts), [
    "shop/web -> external:api.pay.example.com established pay.shop.svc.cluster.local",
    "shop/web -> external:api.pay.example.com resolved pay.shop.svc.cluster.local",
  ]);
});

test("N3: a failed lookup of an ExternalName Service is drawn at the target, not at a node of its own", () => {
  const name = "pay.shop.svc.cluster.local";
  const facts = ["A", "AAAA"].map((type) =>
    lookup({ at: 1, from: WEB, name, rcode: 3, chain: ["api.pay.example.com"], type: type as "A" | "AAAA" }),
  );
  assert.deepEqual(lines(here, facts), [`shop/web -> external:api.pay.example.com host_not_found ${name}`]);
});

test("N3: a Service without a selector is one node on every path: by address, by name, from a pod and from a host", () => {
  const facts = [
    connection({ at: 1, from: WEB, to: "10.96.0.30:5432", lastFrom: "192.168.0.1", lastTo: "198.51.100.50:5432" }),
    lookup({ at: 2, from: WEB, name: "ledger-headless.shop.svc.cluster.local", to: ["198.51.100.50"] }),
    connection({ at: 2.1, from: WEB, to: "198.51.100.50:5432", lastFrom: "192.168.0.1" }),
    lookup({ at: 3, from: "192.168.0.1", name: "ledger.shop.svc.cluster.local", to: ["10.96.0.30"] }),
    connection({ at: 3.1, from: "192.168.0.1", to: "198.51.100.50:5432", direction: Direction.outgoing }),
  ];
  assert.deepEqual(lines(here, facts), [
    "shop/web -> service:shop/ledger established",
    "shop/web -> service:shop/ledger-headless established ledger-headless.shop.svc.cluster.local",
    "node:a -> service:shop/ledger established ledger.shop.svc.cluster.local",
  ]);
});

test("N3: a manually created slice with a pod's address makes the Service stand for that pod's workload", () => {
  const cluster = {
    ...here,
    objects: [...objects, service("shop/manual", { ip: "10.96.0.40" }), slice("shop/manual", 8080, ["10.244.2.8"])],
  };
  const facts = [
    ask("manual.shop.svc.cluster.local", ["10.96.0.40"]),
    connection({ at: 20, from: WEB, to: "10.96.0.40", lastTo: SERVER }),
  ];
  assert.deepEqual(lines(cluster, facts), [
    "shop/web -> shop/orders resolved manual.shop.svc.cluster.local",
    "shop/web -> shop/orders established manual.shop.svc.cluster.local",
  ]);
});

test("N3: a Service without endpoints is an end of its own, refused or timed out, by address and by name", () => {
  const cluster = { ...here, objects: [...objects, service("shop/empty", { ip: "10.96.0.41" })] };
  const facts = [
    ask("empty.shop.svc.cluster.local", ["10.96.0.41"]),
    connection({ at: 1.1, from: WEB, to: "10.96.0.41", outcome: "refused" }),
    connection({ at: 2, from: WEB, to: "10.96.0.41", outcome: "timed_out" }),
  ];
  assert.deepEqual(lines(cluster, facts), [
    "shop/web -> service:shop/empty refused empty.shop.svc.cluster.local",
    "shop/web -> service:shop/empty timed_out empty.shop.svc.cluster.local",
  ]);
});

const [blueSet, blue] = deployed("shop/blue", { ip: "10.244.2.20", node: "b" });
const [greenSet, green] = deployed("shop/green", { ip: "10.244.3.20", node: "c" });
assert.ok(blueSet && blue && greenSet && green);
const blueGreen = {
  ...here,
  objects: [
    ...objects,
    blueSet,
    blue,
    greenSet,
    green,
    service("shop/front", { ip: "10.96.0.50" }),
    slice("shop/front", 8080, [blue, green]),
  ],
};

test("N4: behind a Service with two workloads the pod that accepted the connection decides", () => {
  const facts = ["10.244.3.20:8080", "10.244.2.20:8080"].map((lastTo, i) =>
    connection({ at: 1 + i, from: WEB, to: "10.96.0.50", lastTo }),
  );
  assert.deepEqual(lines(blueGreen, facts), [
    "shop/web -> shop/green established",
    "shop/web -> shop/blue established",
  ]);
});

test("N4: if no packet shows which of two workloads accepted, the Service is the end", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "front.shop.svc.cluster.local", to: ["10.96.0.50"] }),
    connection({ at: 20, from: WEB, to: "10.96.0.50", outcome: "timed_out" }),
  ];
  assert.deepEqual(lines(blueGreen, facts), [
    "shop/web -> service:shop/front resolved front.shop.svc.cluster.local",
    "shop/web -> service:shop/front timed_out front.shop.svc.cluster.local",
  ]);
});

test("N3: the workload of a Service at the time of the lookup counts, not later updates of the log", () => {
  const events = [
    added(-50, ordersService),
    added(-50, slice("shop/orders", 8080, [orders, orders2])),
    deleted(500, ordersService),
    deleted(500, slice("shop/orders", 8080, [orders, orders2])),
  ];
  const facts = [ask("orders.shop.svc.cluster.local", ["10.96.0.20"])];
  assert.deepEqual(lines({ ...here, objects: [...threeNodes(), web, ordersSet, orders, orders2], events }, facts, 2), [
    "shop/web -> shop/orders resolved orders.shop.svc.cluster.local",
  ]);
});

test("N3: a deleted Service is still the server of a client that uses the address of its name", {}, () => {
  const events = [added(-50, ordersService), deleted(10, ordersService)];
  const cluster = { ...here, objects: [...threeNodes(), web, ordersSet, orders], events };
  const facts = [
    ask("orders.shop.svc.cluster.local", ["10.96.0.20"]),
    connection({ at: 20, from: WEB, to: "10.96.0.20", outcome: "timed_out" }),
  ];
  assert.equal(lines(cluster, facts).at(-1), "shop/web -> service:shop/orders timed_out orders.shop.svc.cluster.local");
});

test("N3: an attempt that fails after its Service is deleted has that Service as its server", {}, () => {
  const events = [added(-50, ordersService), deleted(12, ordersService)];
  const cluster = { ...here, objects: [...threeNodes(), web, ordersSet, orders], events };
  const facts = [connection({ at: 10, from: WEB, to: "10.96.0.20", outcome: "timed_out" })];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> service:shop/orders timed_out"]);
});

test("N3: an ExternalName is compared in lower case, without the trailing dot", {}, () => {
  const spelled = service("shop/spelled", { type: "ExternalName", externalName: "API.Pay.Example.COM." });
  const facts = [ask("spelled.shop.svc.cluster.local", ["203.0.113.4"], ["api.pay.example.com"]), failed()];
  assert.deepEqual(lines({ ...here, objects: [...objects, spelled] }, facts), [
    "shop/web -> external:api.pay.example.com resolved spelled.shop.svc.cluster.local",
    "shop/web -> external:api.pay.example.com host_not_found spelled.shop.svc.cluster.local",
  ]);
});

function failed(): Fact {
  const name = "spelled.shop.svc.cluster.local";
  return lookup({ at: 30, from: WEB, name, rcode: 3, chain: ["api.pay.example.com"] });
}

/** The endpoints of `shop/orders` are removed at 3 s. */
const emptied = {
  ...here,
  events: [added(-50, slice("shop/orders", 8080, [orders, orders2])), modified(3, slice("shop/orders", 8080, []))],
};

test("N3: a Service stands for its workload at the SYN, even if its endpoints are removed before the outcome", () => {
  const facts = [1, 4].map((at) => connection({ at, from: WEB, to: "10.96.0.20", outcome: "timed_out" }));
  assert.deepEqual(lines(emptied, facts), [
    "shop/web -> shop/orders timed_out",
    "shop/web -> service:shop/orders timed_out",
  ]);
});

test("N3: a host process gets the name of the Service whose endpoint the pod was at the SYN", () => {
  const name = "orders.shop.svc.cluster.local";
  const facts = [
    lookup({ at: 1, from: "192.168.0.1", name, to: ["10.96.0.20"] }),
    connection({ at: 1.1, from: "192.168.0.1", to: SERVER, outcome: "timed_out", direction: Direction.outgoing }),
  ];
  assert.deepEqual(lines(emptied, facts), [`node:a -> shop/orders timed_out ${name}`]);
});

test("N3: an endpoint of an unknown pod does not hide the workload of the others", () => {
  const [, late] = deployed("shop/orders", { ip: "10.244.2.9", node: "b", pod: "orders-5d9c7b8f4-late1" });
  assert.ok(late);
  for (const endpoints of [
    [orders, late],
    [late, orders],
  ]) {
    const cluster = { ...here, events: [added(-50, slice("shop/orders", 8080, endpoints))] };
    const facts = [connection({ at: 1, from: WEB, to: "10.96.0.20", outcome: "timed_out" })];
    assert.deepEqual(lines(cluster, facts), ["shop/web -> shop/orders timed_out"]);
  }
});

for (const [what, where] of [
  ["a load balancer's", { balancerIps: ["198.51.100.60"] }],
  ["an external", { externalIps: ["198.51.100.60"] }],
] as const) {
  test(`N3: of two Services that share ${what} address the port decides`, () => {
    const shared = [
      service("shop/http", { ip: "10.96.1.1", ports: [{ port: 80, protocol: "TCP" }], ...where }),
      service("shop/mqtt", { ip: "10.96.1.2", ports: [{ port: 1883, protocol: "TCP" }], ...where }),
    ];
    const facts = [80, 1883].map((port, i) =>
      connection({ at: 1 + i, from: WEB, to: `198.51.100.60:${port}`, outcome: "refused" }),
    );
    for (const services of [shared, shared.toReversed()]) {
      assert.deepEqual(lines({ ...here, objects: [...objects, ...services] }, facts), [
        "shop/web -> service:shop/http refused",
        "shop/web -> service:shop/mqtt refused",
      ]);
    }
  });
}

test("N3: a Service without endpoints whose external address is a node's is an end of its own, on its port only", () => {
  const outer = service("shop/outer", {
    ip: "10.96.1.3",
    externalIps: ["192.168.0.2"],
    ports: [{ port: 8443, protocol: "TCP" }],
  });
  const facts = [8443, 22].map((port, i) =>
    connection({ at: 1 + i, from: WEB, to: `192.168.0.2:${port}`, outcome: "refused" }),
  );
  assert.deepEqual(lines({ ...here, objects: [...objects, outer] }, facts), [
    "shop/web -> service:shop/outer refused",
    "shop/web -> node:b refused",
  ]);
});

test("N3: a Deployment that is deleted between SYN and outcome is the server, by pod and by Service", () => {
  const there = [ordersSet, orders, orders2, slice("shop/orders", 8080, [orders, orders2])];
  const events = [
    ...there.map((object) => added(-50, object)),
    modified(3, slice("shop/orders", 8080, [])),
    ...[orders, orders2, ordersSet].map((object) => deleted(3.5, object)),
  ];
  const facts = [SERVER, "10.96.0.20"].map((to, i) => connection({ at: 1 + i, from: WEB, to, outcome: "timed_out" }));
  assert.deepEqual(lines({ ...here, events }, facts), Array(2).fill("shop/web -> shop/orders timed_out"));
});
