// Clients without an object in the cluster: what packets show of them on each kind of pod network, and similar clients.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { added, node, pod, service, slice, threeNodes } from "../../support/cluster/cluster-objects.ts";
import type { WatchedCluster } from "../../support/cluster/watched-cluster.ts";
import { type Hop, Wire } from "./wire.ts";

const GONE = "10.9.1.71";
const HERE = "10.9.1.70";
const THERE = "10.9.2.130";
const OUTSIDE = "203.0.113.9";
const NODE = "192.168.0.1";
const ENTRY = `${NODE}:30080`;

const near = pod("shop/frontend", { ip: HERE });
const far = pod("shop/catalog", { ip: THERE, node: "b" });
const balanced = service("shop/web", {
  ip: "10.96.0.20",
  type: "LoadBalancer",
  balancerIps: ["192.0.2.8"],
  ports: [{ port: 80, nodePort: 30_080 }],
});
const common = [
  near,
  far,
  balanced,
  slice("shop/web", 8080, [near]),
  service("kube-system/kube-dns", { ip: "10.96.0.10", ports: [{ port: 53, protocol: "UDP" }] }),
];
const agents = ["a", "b", "c"];

/** Nodes with pod ranges that the network ignores: pods have addresses of the other node's range. */
const crosswise = [node("a", NODE, "10.9.2.0/24"), node("b", "192.168.0.2", "10.9.1.0/24")];
const rangeless = [node("a", NODE, []), node("b", "192.168.0.2", [])];
const kept = [node("a", NODE, "10.9.1.0/24"), node("b", "192.168.0.2", "10.9.2.0/24")];

function cluster(nodes: readonly KubernetesObject[], more: Partial<WatchedCluster> = {}): WatchedCluster {
  return { objects: [...nodes, ...common], node: "a", agents, ...more };
}

interface Network {
  readonly name: string;
  /** The sightings of a frame from a pod out of the node, with `from` and `to` after NAT. */
  readonly outOf: (pod: string, dialled: string, from: string, to: string) => Hop[];
}

const NETWORKS: readonly Network[] = [
  {
    name: "bridge",
    outOf: (client, dialled, from, to) => [
      [3, client, dialled],
      [0, client, to],
      [4, from, to],
    ],
  },
  {
    name: "point-to-point",
    outOf: (client, dialled, from, to) => [
      [0, client, dialled],
      [4, from, to],
    ],
  },
];

for (const { name, outOf } of NETWORKS) {
  for (const [ranges, nodes] of [
    ["ranges that are not kept", crosswise],
    ["no ranges", rangeless],
    ["ranges", kept],
  ] as const) {
    for (const here of ["a", null]) {
      const seenBy = here === null ? "an unknown node" : "its node";
      test(`N12: an unlisted pod is unresolved, seen by ${seenBy}, on a ${name} network with ${ranges}`, () => {
        const wire = new Wire();
        wire.connect(1, outOf(`${GONE}:50001`, `${THERE}:80`, `${GONE}:50001`, `${THERE}:80`));
        wire.connect(2, outOf(`${GONE}:50002`, `${OUTSIDE}:443`, `${NODE}:23002`, `${OUTSIDE}:443`));
        wire.connect(3, outOf(`${GONE}:50003`, "10.96.0.20:80", `${GONE}:50003`, `${HERE}:8080`));
        wire.connect(4, outOf(`${GONE}:50004`, `${OUTSIDE}:443`, `${GONE}:50004`, `${OUTSIDE}:443`));
        assert.deepEqual(wire.lines(cluster(nodes, { node: here })), [
          `unresolved:${GONE} -> shop/catalog established`,
          `unresolved:${GONE} -> external:external established`,
          `unresolved:${GONE} -> shop/frontend established`,
          `unresolved:${GONE} -> external:external established`,
        ]);
      });
    }
  }

  test(`N12: a connection that leaves over IPv4 from a link-local address without an object is unresolved, on a ${name} network`, () => {
    const six = pod("shop/six", { ip: "2001:db8:1::70" });
    const objects = [node("a", ["2001:db8::1", "198.51.100.1"], []), six];
    const wire = new Wire();
    wire.connect(1, outOf("169.254.172.5:40000", `${OUTSIDE}:443`, "198.51.100.1:23000", `${OUTSIDE}:443`));
    for (const here of ["a", null]) {
      assert.deepEqual(wire.lines({ objects, node: here, agents }), [
        "unresolved:169.254.172.5 -> external:external established",
      ]);
    }
  });

  test(`N12: an unlisted address of a second interface is unresolved, on a ${name} network`, () => {
    const wire = new Wire();
    wire.connect(1, outOf("172.30.5.7:40000", "172.30.5.8:38412", "172.30.5.7:40000", "172.30.5.8:38412"));
    assert.deepEqual(wire.lines(cluster(kept)), ["unresolved:172.30.5.7 -> external:external established"]);
  });

  test(`N12: an address that was seen inside is inside on every path, on a ${name} network`, () => {
    const wire = new Wire();
    wire.connect(1, outOf("172.17.0.2:40000", `${OUTSIDE}:443`, `${NODE}:23000`, `${OUTSIDE}:443`));
    wire.connect(2, outOf("172.17.0.2:40001", ENTRY, `${NODE}:23001`, `${HERE}:8080`));
    wire.connect(3, outOf("172.17.0.2:40002", `${HERE}:8080`, "172.17.0.2:40002", `${HERE}:8080`));
    assert.deepEqual(wire.lines(cluster(kept)), [
      "unresolved:172.17.0.2 -> external:external established",
      "unresolved:172.17.0.2 -> shop/frontend established",
      "unresolved:172.17.0.2 -> shop/frontend established",
    ]);
  });
}

const OUTSIDERS: readonly (readonly [title: string, from: string, hops: (from: string) => Hop[]])[] = [
  [
    "a node port with the server on another node",
    "10.77.3.4",
    (from) => [
      [0, from, ENTRY],
      [4, `${NODE}:23000`, `${THERE}:8080`],
    ],
  ],
  [
    "a node port with the server on the entry node, bridge",
    "10.77.3.4",
    (from) => [
      [0, from, ENTRY],
      [4, "10.9.1.1:23000", `${HERE}:8080`],
      [4, "10.9.1.1:23000", `${HERE}:8080`],
    ],
  ],
  [
    "a node port of the local traffic policy",
    "10.77.3.4",
    (from) => [
      [0, from, ENTRY],
      [4, from, `${HERE}:8080`],
    ],
  ],
  [
    "a balancer's address with the server on another node",
    "203.0.113.77",
    (from) => [
      [0, from, "192.0.2.8:80"],
      [4, `${NODE}:23000`, `${THERE}:8080`],
    ],
  ],
  [
    "a balancer's address that no object names",
    "10.77.3.4",
    (from) => [
      [0, from, "172.20.0.9:80"],
      [4, `${NODE}:23000`, `${THERE}:8080`],
    ],
  ],
  [
    "a pod's own address",
    "10.77.3.4",
    (from) => [
      [0, from, `${HERE}:8080`],
      [4, from, `${HERE}:8080`],
    ],
  ],
  ["a host process", "10.77.3.4", (from) => [[0, from, `${NODE}:22`]]],
  [
    "a ClusterIP from a public address, where routers know the way",
    "198.51.100.77",
    (from) => [
      [0, from, "10.96.0.20:80"],
      [4, from, `${HERE}:8080`],
    ],
  ],
];

for (const [title, from, hops] of OUTSIDERS) {
  test(`N12: a client from outside stays external: ${title}`, () => {
    const wire = new Wire();
    wire.connect(1, hops(`${from}:40000`));
    for (const here of ["a", null]) {
      const [line, ...others] = wire.lines(cluster(kept, { node: here }));
      assert.match(line ?? "", /^external:external -> /);
      assert.deepEqual(others, []);
    }
  });
}

test("N12: a load balancer in the pods' network is external to its node port, and to a pod if all pods are known", () => {
  const balancer = "10.9.1.99";
  const wire = new Wire();
  wire.connect(1, [
    [0, `${balancer}:40000`, ENTRY],
    [4, `${NODE}:23000`, `${THERE}:8080`],
  ]);
  wire.connect(2, [
    [0, `${balancer}:40001`, `${HERE}:8080`],
    [4, `${balancer}:40001`, `${HERE}:8080`],
  ]);
  const watched = { objects: [...rangeless, ...common.slice(2)], events: [added(-50, near), added(-50, far)] };
  assert.deepEqual(wire.lines({ ...watched, node: "a", agents }), [
    "external:external -> shop/catalog established",
    "external:external -> shop/frontend established",
  ]);
  // With a cluster file it may be a pod that has ended.
  assert.deepEqual(wire.lines(cluster(rangeless)), [
    "external:external -> shop/catalog established",
    `unresolved:${balancer} -> shop/frontend established`,
  ]);
});

test("DESIGN 3.5: transit from a public address to outside is ignored", () => {
  const wire = new Wire();
  wire.connect(1, [
    [0, "198.51.100.7:40000", `${OUTSIDE}:443`],
    [4, "198.51.100.7:40000", `${OUTSIDE}:443`],
  ]);
  assert.deepEqual(wire.lines(cluster(kept)), []);
});

test("N12: a client that queries a ClusterIP is inside, and its failed lookups are reported", () => {
  const lost = "172.18.0.3";
  const wire = new Wire();
  wire.query(1, { name: "gone.example.com" }, [
    [3, `${lost}:35000`, "10.96.0.10:53"],
    [4, `${lost}:35000`, "10.9.2.53:53"],
  ]);
  wire.answer(1.001, { name: "gone.example.com", rcode: 3 }, [
    [0, "10.9.2.53:53", `${lost}:35000`],
    [4, "10.96.0.10:53", `${lost}:35000`],
  ]);
  wire.connect(2, [[0, `${lost}:40000`, `${NODE}:9100`]]);
  assert.deepEqual(wire.lines(cluster(kept)), [
    `unresolved:${lost} -> external:gone.example.com host_not_found gone.example.com`,
    `unresolved:${lost} -> node:a established`,
  ]);
});

/** A failed lookup, and a connection to a host process, which proves nothing about its client. */
function asksAndDials(client: string, question: readonly Hop[], dialledAt = 2): Wire {
  const wire = new Wire();
  wire.query(1, { name: "gone.example.com" }, question);
  const answer = question.toReversed().map(([type, from, to]): Hop => [type === 4 ? 0 : 4, to, from]);
  wire.answer(1.001, { name: "gone.example.com", rcode: 3 }, answer);
  wire.connect(dialledAt, [[0, `${client}:40000`, `${NODE}:9100`]]);
  return wire;
}

for (const [server, dnsNode, isHere] of [
  ["10.9.1.53", "a", false],
  ["10.9.2.53", "b", true],
] as const) {
  test(`N12: a client that queries a DNS pod on node ${dnsNode} is inside, and ${isHere ? "on this node" : "on some node"}`, () => {
    const dns = pod("kube-system/coredns", { ip: server, node: dnsNode });
    const objects = [...kept, ...common, dns, slice("kube-system/kube-dns", 53, [dns])];
    const wire = asksAndDials("172.18.0.3", [[0, "172.18.0.3:35000", `${server}:53`]]);
    assert.deepEqual(wire.lines({ objects, node: "a", agents }), [
      ...(isHere ? ["unresolved:172.18.0.3 -> external:gone.example.com host_not_found gone.example.com"] : []),
      "unresolved:172.18.0.3 -> node:a established",
    ]);
  });
}

test("N12: a client that is known to be on this node stays there, although a query to its DNS pod proves less", () => {
  const dns = pod("kube-system/coredns", { ip: "10.9.1.53" });
  const wire = asksAndDials("172.18.0.3", [[0, "172.18.0.3:35000", "10.9.1.53:53"]]);
  wire.connect(0, [
    [0, "172.18.0.3:39000", `${OUTSIDE}:443`],
    [4, `${NODE}:23000`, `${OUTSIDE}:443`],
  ]);
  const objects = [...kept, ...common, dns, slice("kube-system/kube-dns", 53, [dns])];
  assert.deepEqual(wire.lines({ objects, node: "a", agents }), [
    "unresolved:172.18.0.3 -> external:external established",
    "unresolved:172.18.0.3 -> external:gone.example.com host_not_found gone.example.com",
    "unresolved:172.18.0.3 -> node:a established",
  ]);
});

test("N6: an address of the node's range that leaves to a pod of the node belongs to the node (cilium_host)", () => {
  const wire = new Wire();
  wire.connect(1, [[4, "10.9.1.200:40000", `${HERE}:8080`]]);
  wire.connect(2, [[4, "10.9.2.200:40001", `${HERE}:8080`]]);
  assert.deepEqual(wire.lines(cluster(kept, { node: null })), [
    "node:a -> shop/frontend established",
    "unresolved:10.9.2.200 -> shop/frontend established",
  ]);
});

test("N12: a client that queried a node-local cache is inside for an hour", () => {
  const cache = "169.254.20.10:53";
  const lineAt = (dialledAt: number) => {
    const wire = asksAndDials("172.18.0.3", [[0, "172.18.0.3:35000", cache]], dialledAt);
    return wire.lines(cluster(kept)).at(-1);
  };
  assert.equal(lineAt(3_500), "unresolved:172.18.0.3 -> node:a established");
  assert.equal(lineAt(3_700), "external:external -> node:a established");
});

test("N12: a public address that was masqueraded once may be spoofed, and is outside the next time", () => {
  const wire = new Wire();
  wire.connect(1, [
    [0, "198.51.100.60:40000", `${OUTSIDE}:443`],
    [4, `${NODE}:23000`, `${OUTSIDE}:443`],
  ]);
  wire.connect(2, [[0, "198.51.100.60:40001", `${NODE}:22`]]);
  assert.deepEqual(wire.lines(cluster(kept)), [
    "unresolved:198.51.100.60 -> external:external established",
    "external:external -> node:a established",
  ]);
});

test("N8: an address of a configured range is outside, whatever packets show", () => {
  const wire = new Wire();
  wire.connect(1, [[0, `${GONE}:40000`, `${HERE}:8080`]]);
  wire.connect(2, [
    [0, `${HERE}:40001`, "10.9.1.99:80"],
    [4, `${HERE}:40001`, "10.9.1.99:80"],
  ]);
  const externalCidrs = [{ cidr: "10.9.1.0/24", name: "office" }];
  assert.deepEqual(wire.lines(cluster(rangeless, { externalCidrs })), [
    "external:office -> shop/frontend established",
    "shop/frontend -> external:office established",
  ]);
});

test("N12: an unlisted server is unresolved, not the node and not external, or what its Service shows", () => {
  const wire = new Wire();
  const dial = (at: number, to: string, served = to) => {
    wire.connect(at, [
      [0, `${HERE}:${41_000 + at}`, to],
      [4, `${HERE}:${41_000 + at}`, served],
    ]);
  };
  dial(1, "10.9.2.131:8080");
  dial(2, "10.9.2.1:8080");
  dial(3, "10.96.0.20:80", "10.9.2.131:8080");
  assert.deepEqual(wire.lines(cluster(kept)), [
    "shop/frontend -> unresolved:10.9.2.131 established",
    "shop/frontend -> node:b established",
    "shop/frontend -> shop/frontend established",
  ]);
  assert.deepEqual(wire.lines(cluster(crosswise)).slice(0, 2), [
    "shop/frontend -> unresolved:10.9.2.131 established",
    "shop/frontend -> unresolved:10.9.2.1 established",
  ]);
});

const checked = pod("shop/checked", {
  ip: "10.244.1.40",
  containers: [{ name: "main", ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { port: 8080 } } }],
});

for (const address of ["169.254.7.127", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff", "10.200.0.1"]) {
  const at = (port: number) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);
  const to = (port: number) => (address.includes(":") ? `[fd00:10:244:1::40]:${port}` : `10.244.1.40:${port}`);
  test(`N13: a connection that leaves first to a pod of the node from ${address} comes from the node: probes and others`, () => {
    const objects = [
      ...threeNodes(),
      { ...checked, status: { phase: "Running", podIPs: [{ ip: "10.244.1.40" }, { ip: "fd00:10:244:1::40" }] } },
    ];
    const wire = new Wire();
    wire.connect(1, [[4, at(40_000), to(8080)]]);
    wire.connect(2, [[4, at(40_001), to(9090)]]);
    wire.connect(3, [[4, at(40_002), address.includes(":") ? "[2001:db8::9]:443" : `${OUTSIDE}:443`]]);
    for (const here of ["a", null]) {
      assert.deepEqual(wire.lines({ objects, node: here, agents }), [
        "node:a -> shop/checked established",
        "node:a -> external:external established",
      ]);
    }
  });
}

test("N13: a client from outside with a lost first frame is not the node", () => {
  const wire = new Wire();
  const inward = (from: string): Hop[] => [
    [0, from, "10.244.1.40:8080"],
    [4, from, "10.244.1.40:8080"],
  ];
  wire.connect(1, inward("10.77.3.4:40000"));
  wire.connect(2, [[4, "10.77.3.4:40001", "10.244.1.40:8080"]]);
  wire.connect(3, [[4, "198.51.100.9:40002", "10.244.1.40:8080"]]);
  assert.deepEqual(
    wire.lines({ objects: [...threeNodes(), checked], node: "a", agents }),
    Array(3).fill("external:external -> shop/checked established"),
  );
});

test("N7: a connection to the client's own address is ignored; one through its Service is reported", () => {
  const wire = new Wire();
  const self = "10.244.1.40:8080";
  wire.connect(1, [[0, "10.244.1.40:40000", self]]);
  wire.connect(2, [[0, "192.168.0.1:40001", "192.168.0.1:6443"]]);
  wire.connect(3, [
    [3, "10.244.1.40:40002", "10.96.0.40:80"],
    [4, "10.244.1.1:23000", self],
  ]);
  // The frame with the Service's address was lost.
  wire.connect(4, [
    [4, "10.244.1.40:40003", self],
    [4, "10.244.1.1:23001", self],
  ]);
  const objects = [
    ...threeNodes(),
    checked,
    service("shop/checked", { ip: "10.96.0.40" }),
    slice("shop/checked", 8080, [checked]),
  ];
  for (const here of ["a", null]) {
    assert.deepEqual(
      wire.lines({ objects, node: here, agents }),
      Array(2).fill("shop/checked -> shop/checked established"),
    );
  }
});

test("N12: a public address that the node masquerades to outside is behind the node, also without directions", () => {
  const from = "198.51.100.60:40000";
  for (const [first, last] of [
    [0, 4],
    [5, 5],
  ] as const) {
    const wire = new Wire();
    wire.connect(1, [
      [first, from, `${OUTSIDE}:443`],
      [last, `${NODE}:23000`, `${OUTSIDE}:443`],
    ]);
    assert.deepEqual(wire.lines(cluster(kept)), ["unresolved:198.51.100.60 -> external:external established"]);
  }
});

test("N12: a private address far from all pods is inside if it dials a ClusterIP, or is masqueraded to a pod", () => {
  const clusterIp = new Wire();
  clusterIp.connect(1, [
    [3, "172.19.0.5:40000", "10.96.0.20:80"],
    [4, "172.19.0.5:40000", `${HERE}:8080`],
  ]);
  const masqueraded = new Wire();
  masqueraded.connect(1, [
    [0, "172.19.0.5:40000", `${HERE}:8080`],
    [4, "10.9.1.1:23000", `${HERE}:8080`],
  ]);
  for (const wire of [clusterIp, masqueraded]) {
    assert.deepEqual(wire.lines(cluster(kept)), ["unresolved:172.19.0.5 -> shop/frontend established"]);
  }
});

test("N12: a connection that arrives from an IPv4 link-local address is from behind the node, whatever it dials", () => {
  const wire = new Wire();
  wire.connect(1, [[0, "169.254.172.5:40000", `${NODE}:9100`]]);
  assert.deepEqual(wire.lines(cluster(kept)), ["unresolved:169.254.172.5 -> node:a established"]);
});
