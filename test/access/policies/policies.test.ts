import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { check } from "../../../src/access/check/check.ts";
import { readNetworkPolicy } from "../../../src/access/check/network-policies.ts";
import { trafficOf } from "../../../src/access/check/traffic.ts";
import { CILIUM_POLICY } from "../../../src/access/policies/cilium-policy.ts";
import { NETWORK_POLICY } from "../../../src/access/policies/network-policy.ts";
import { policiesOf } from "../../../src/access/policies/policies.ts";
import { denyAllDocuments, policiesHead, policyDocuments } from "../../../src/access/policies/policy-documents.ts";
import type { End } from "../../../src/model/interaction.ts";
import type { ResolverUse, ServiceGraph } from "../../../src/model/service-graph.ts";
import { call, graphOf, workload } from "../../answers/support/graphs.ts";
import { described, description, service } from "../support/described.ts";
import { namedPort } from "../support/named-port.ts";
import { graphs } from "../support/random-graphs.ts";

const NO_BLOCKS = { externalBlocks: new Map<string, readonly string[]>() };

function policy(graph: ServiceGraph, file: string, blocks = NO_BLOCKS): { object: object; yaml: string } {
  const found = policyDocuments(policiesOf(graph, blocks), graph, NETWORK_POLICY).find((one) => one.file === file);
  assert.ok(found, `no ${file}`);
  return found;
}

function specOf(graph: ServiceGraph, file: string, blocks = NO_BLOCKS): Record<string, unknown> {
  return (policy(graph, file, blocks).object as { spec: Record<string, unknown> }).spec;
}

const BLUE = [{ kind: "Deployment", name: "blue" }];
const GREEN = [{ kind: "Deployment", name: "green" }];

const KUBE_DNS: ResolverUse = {
  address: "10.96.0.10",
  port: 53,
  transport: "udp",
  end: "workload/kube-system/coredns",
};
const DNS_SERVER = { "workload/kube-system/coredns": { workload: [description({ "k8s-app": "kube-dns" })] } };

describe("network policies", () => {
  it("ingress and egress by the pods' labels and the served port, not the Service's", () => {
    const graph = described(graphOf([call("frontend", "cart", { dialledService: "shop/cart" })]));
    assert.deepEqual(specOf(graph, "cart.shop.yaml"), {
      podSelector: { matchLabels: { app: "cart" } },
      policyTypes: ["Ingress"],
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: "frontend" } } }], ports: [{ protocol: "TCP", port: 8080 }] },
      ],
    });
    assert.deepEqual(specOf(graph, "frontend.shop.yaml"), {
      podSelector: { matchLabels: { app: "frontend" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: { matchLabels: { app: "cart" } } }], ports: [{ protocol: "TCP", port: 8080 }] }],
    });
  });

  it("a peer of another namespace by the label that the API server sets", () => {
    const graph = described(graphOf([call(workload("web", "front"), "cart")]));
    assert.deepEqual(specOf(graph, "cart.shop.yaml").ingress, [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "front" } },
            podSelector: { matchLabels: { app: "web" } },
          },
        ],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ]);
  });

  it("the DNS servers that the workload used, over UDP and TCP, with the port of their pods", () => {
    const changes = {
      ...DNS_SERVER,
      "workload/shop/cart": { resolvers: [KUBE_DNS] },
      "service/kube-system/kube-dns": {
        service: service({
          clusterIPs: ["10.96.0.10"],
          ports: [{ name: "dns", port: 53, targetPort: 5353, nodePort: null }],
        }),
      },
    };
    const graph = described(graphOf([call("cart", "redis")]), changes);
    assert.deepEqual((specOf(graph, "cart.shop.yaml").egress as object[])[0], {
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
          podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
        },
      ],
      ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
        { protocol: "UDP", port: 5353 },
        { protocol: "TCP", port: 5353 },
      ],
    });
  });

  it("a DNS server answers everyone, and may ask any other, which is not observed", () => {
    const graph = described(graphOf([call("cart", "redis")]), {
      "workload/kube-system/coredns": {
        workload: [description({ "k8s-app": "kube-dns" }, { owners: [{ kind: "Deployment", name: "coredns" }] })],
      },
      "workload/shop/cart": { resolvers: [KUBE_DNS] },
    });
    const { ingress, egress } = specOf(graph, "coredns.kube-system.yaml");
    assert.deepEqual(ingress, [
      {
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
    ]);
    assert.deepEqual(egress, [{}]);
  });

  it("a node-local DNS cache by its address, which no pod selector finds", () => {
    const resolver: ResolverUse = { address: "169.254.20.10", port: 53, transport: "udp", end: null };
    const graph = described(graphOf([call("cart", "redis")]), { "workload/shop/cart": { resolvers: [resolver] } });
    const [dns] = specOf(graph, "cart.shop.yaml").egress as { to: object[] }[];
    assert.deepEqual(dns?.to, [{ ipBlock: { cidr: "169.254.20.10/32" } }]);
  });

  it("the API server by cluster IP and endpoint, at the dialed and the served port", () => {
    const server: End = { type: "service", namespace: "default", name: "kubernetes" };
    const dial = { dialled: { address: "10.96.0.1", port: 443 }, serverAddress: { address: "172.18.0.2", port: 6443 } };
    const graph = described(graphOf([call("operator", server, dial)]), {
      "service/default/kubernetes": { service: service({ clusterIPs: ["10.96.0.1"] }) },
    });
    assert.deepEqual(specOf(graph, "operator.shop.yaml").egress, [
      {
        to: [{ ipBlock: { cidr: "10.96.0.1/32" } }, { ipBlock: { cidr: "172.18.0.2/32" } }],
        ports: [
          { protocol: "TCP", port: 443 },
          { protocol: "TCP", port: 6443 },
        ],
      },
    ]);
  });

  it("the exact selector of a Service that was dialed, where it selects this workload only", () => {
    const graph = described(graphOf([call("frontend", "cart", { dialledService: "shop/cart" })]), {
      "workload/shop/cart": { workload: [description({ app: "cart", tier: "back" })] },
      "service/shop/cart": { service: service({ selector: { app: "cart" } }) },
    });
    const [rule] = specOf(graph, "frontend.shop.yaml").egress as { to: object[] }[];
    assert.deepEqual(rule?.to, [{ podSelector: { matchLabels: { app: "cart" } } }]);
  });

  describe("labels that change with a release", () => {
    const release = { "app.kubernetes.io/version": "1.2.3", "helm.sh/chart": "cart-0.4.1", version: "1" };

    it("are no part of a selector where the others find no other workload", () => {
      const graph = described(graphOf([call("frontend", "cart")]), {
        "workload/shop/cart": { workload: [description({ app: "cart", ...release })] },
      });
      const own = { matchLabels: { app: "cart" } };
      assert.deepEqual(specOf(graph, "cart.shop.yaml").podSelector, own);
      assert.deepEqual((specOf(graph, "frontend.shop.yaml").egress as { to: object[] }[])[0]?.to, [
        { podSelector: own },
      ]);
    });

    it("are a part of it where they distinguish workloads, which a comment says", () => {
      const v2 = { app: "cart", ...release, version: "2" };
      const graph = described(graphOf([call("frontend", "cart")]), {
        "workload/shop/cart": { workload: [description({ app: "cart", ...release })] },
        "workload/shop/cart-v2": { workload: [description(v2)] },
      });
      assert.deepEqual(specOf(graph, "cart.shop.yaml").podSelector, { matchLabels: { app: "cart", version: "1" } });
      assert.match(
        policy(graph, "cart.shop.yaml").yaml,
        /^# its selector needs version to distinguish its pods: write/m,
      );
    });

    it("are a part of it where they are the owner's selector", () => {
      const graph = described(graphOf([call("frontend", "cart")]), {
        "workload/shop/cart": { workload: [description({ app: "cart", ...release }, { selectorFrom: "owner" })] },
      });
      assert.deepEqual(specOf(graph, "cart.shop.yaml").podSelector, { matchLabels: { app: "cart", ...release } });
    });
  });

  describe("pods of one workload with different labels", () => {
    const graph = described(graphOf([call("frontend", "cart"), call("report", "redis")]), {
      "workload/shop/cart": { workload: [description({ app: "cart" }, { differingLabels: ["tier", "version"] })] },
      "workload/shop/report": { workload: [description({ tier: "back" })] },
    });

    it("no policy for another workload whose selector may find some of them", () => {
      const { omitted } = policiesOf(graph, NO_BLOCKS);
      assert.deepEqual(
        omitted.map(({ node, reason }) => [node.name, reason]),
        [["report", "its selector also selects pods of shop/cart"]],
      );
    });

    for (const [title, spec] of [
      ["selects some of them", "podSelector: {matchLabels: {version: '1'}}, policyTypes: [Ingress]"],
      ["selects those without a label", "podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}"],
    ] as const) {
      it(`a check does not decide a policy that ${title}`, () => {
        const one = readNetworkPolicy(parse(`{metadata: {name: a, namespace: shop}, spec: {${spec}}}`));
        const [verdict, ...others] = check(trafficOf(graph), [one], new Map());
        assert.equal(verdict?.result, "unknown");
        assert.equal(verdict?.reason, "some pods of shop/cart may be selected, and others not");
        const blocked = title === "selects some of them" ? [] : ["report"];
        assert.deepEqual(
          others.map(({ traffic }) => traffic.client.name),
          blocked,
        );
      });
    }
  });

  describe("through a node port", () => {
    const at = { address: "192.0.2.11", port: 30_080 };
    const throughNode = { dialledService: "shop/cart", dialled: at, serverAddress: at };
    const ports = [{ name: null, port: 80, targetPort: "http", nodePort: 30_080 }];
    const graph = described(graphOf([call("frontend", "cart", throughNode)]), {
      "service/shop/cart": { service: service({ selector: { app: "cart" }, type: "NodePort", ports }) },
      "workload/shop/cart": { workload: [description({ app: "cart" }, { ports: [{ name: "http", port: 8080 }] })] },
    });

    it("the server's port from a node's address too; the client's packets to the node port of a node", () => {
      assert.deepEqual(specOf(graph, "cart.shop.yaml").ingress, [
        { from: [{ podSelector: { matchLabels: { app: "frontend" } } }], ports: [{ protocol: "TCP", port: 8080 }] },
        { ports: [{ protocol: "TCP", port: 8080 }] },
      ]);
      assert.deepEqual(specOf(graph, "frontend.shop.yaml").egress, [
        { to: [{ podSelector: { matchLabels: { app: "cart" } } }], ports: [{ protocol: "TCP", port: 8080 }] },
        { ports: [{ protocol: "TCP", port: 30_080 }] },
      ]);
      assert.match(
        policy(graph, "cart.shop.yaml").yaml,
        /# through node port 30080: packets come with the address of a node/,
      );
      assert.match(
        policy(graph, "frontend.shop.yaml").yaml,
        /# through node port 30080: packets go to the address of a node/,
      );
    });

    it("with the range of the nodes, that range; for Cilium the nodes as entities", () => {
      const blocks = { ...NO_BLOCKS, nodeBlocks: ["192.0.2.0/24"] };
      const [, rule] = specOf(graph, "cart.shop.yaml", blocks).ingress as { from: object[] }[];
      assert.deepEqual(rule?.from, [{ ipBlock: { cidr: "192.0.2.0/24" } }]);
      const cilium = policyDocuments(policiesOf(graph, blocks), graph, CILIUM_POLICY).map(({ object }) => object);
      const specs = (cilium as { spec: { ingress?: object[]; egress?: object[] } }[]).map(({ spec }) => spec);
      assert.deepEqual(specs[0]?.ingress?.[1], {
        fromEntities: ["host", "remote-node", "kube-apiserver"],
        toPorts: [{ ports: [{ port: "8080", protocol: "TCP" }] }],
      });
      assert.deepEqual(specs[1]?.egress?.[1], {
        toEntities: ["host", "remote-node"],
        toPorts: [{ ports: [{ port: "30080", protocol: "TCP" }] }],
      });
    });

    it("a check does not decide policies that allow only the pods, and says why", () => {
      const only = (podSelector: string, peer: string, own: string): string =>
        `{metadata: {name: a, namespace: shop}, spec: {podSelector: {matchLabels: {app: ${own}}}, ${podSelector}: [{${peer}}]}}`;
      const ingress = readNetworkPolicy(parse(only("ingress", "from: [{podSelector: {}}]", "cart")));
      const egress = readNetworkPolicy(
        parse(only("policyTypes: [Egress], egress", "to: [{podSelector: {}}]", "frontend")),
      );
      const verdicts = check(trafficOf(graph), [ingress, egress], new Map());
      assert.deepEqual(
        verdicts.map(({ result, direction, traffic }) => [result, direction, traffic.port, traffic.through]),
        [
          ["unknown", "egress", 8080, "node port 30080"],
          ["unknown", "ingress", 8080, "node port 30080"],
        ],
      );
      for (const { reason } of verdicts)
        assert.match(reason, /^through node port 30080: a node \(node port 30080\) may be/);
      const nothing = readNetworkPolicy(parse(only("ingress", "from: [{podSelector: {matchLabels: {a: b}}}]", "cart")));
      assert.equal(check(trafficOf(graph), [nothing], new Map())[0]?.result, "unknown");
    });
  });

  it("a Service with several workloads behind it: each of them takes what was sent to the Service", () => {
    const server: End = { type: "service", namespace: "shop", name: "web" };
    const at = { address: "192.0.2.11", port: 30_080 };
    const ports = [{ name: null, port: 80, targetPort: 8080, nodePort: 30_080 }];
    const graph = described(
      graphOf([call("frontend", server, { dialledService: "shop/web", dialled: at, serverAddress: at })]),
      {
        "service/shop/web": { service: service({ selector: { app: "web" }, type: "NodePort", ports }) },
        "workload/shop/blue": { workload: [description({ app: "web", color: "blue" }, { owners: BLUE })] },
        "workload/shop/green": { workload: [description({ app: "web", color: "green" }, { owners: GREEN })] },
      },
    );
    for (const color of ["blue", "green"]) {
      const { ingress } = specOf(graph, `${color}.shop.yaml`) as { ingress: object[] };
      assert.deepEqual(ingress[1], { ports: [{ protocol: "TCP", port: 8080 }] });
    }
  });

  it("a Service with several workloads behind it: where the dialed port leads, and not its other ports", () => {
    const server: End = { type: "service", namespace: "shop", name: "web" };
    const at = { address: "10.96.0.43", port: 80 };
    const ports = [
      { name: "http", port: 80, targetPort: "http", nodePort: null },
      { name: "admin", port: 90, targetPort: 9090, nodePort: null },
    ];
    const graph = described(
      graphOf([call("frontend", server, { dialledService: "shop/web", dialled: at, serverAddress: at })]),
      { "service/shop/web": { service: service({ selector: { app: "web" }, ports }) } },
    );
    const [rule] = specOf(graph, "frontend.shop.yaml").egress as { ports: object[] }[];
    assert.deepEqual(rule?.ports, [{ protocol: "TCP", port: "http" }]);
  });

  for (const [title, server, port, expected] of [
    ["of a Service", { type: "service", namespace: "shop", name: "web" }, 80, 8080],
    ["of a Service with one workload", "web", 80, 8080],
    ["that the pods have, too", "web", 8080, 8080],
  ] as const) {
    it(`the pods' port where only packets to the cluster IP were seen, at a port ${title}`, () => {
      const at = { address: "10.96.0.43", port };
      const graph = described(
        graphOf([call("frontend", server, { dialledService: "shop/web", dialled: at, serverAddress: at })]),
        {
          "service/shop/web": {
            service: service({
              selector: { app: "web" },
              ports: [
                { name: "http", port: 80, targetPort: 8080, nodePort: null },
                { name: "admin", port: 8080, targetPort: 9090, nodePort: null },
              ],
            }),
          },
          "workload/shop/web": { workload: [description({ app: "web" })] },
        },
      );
      const { ingress } = specOf(graph, "web.shop.yaml") as { ingress: { ports: object[] }[] };
      assert.deepEqual(ingress[0]?.ports, [{ protocol: "TCP", port: expected }]);
    });
  }

  it("the name of a port whose number no pod shows, which leads where the Service does", () => {
    const { ingress } = specOf(namedPort({ app: "web" }), "web.shop.yaml") as { ingress: { ports: object[] }[] };
    assert.deepEqual(ingress[0]?.ports, [{ protocol: "TCP", port: "http" }]);
    const { egress } = specOf(namedPort({ app: "web" }), "frontend.shop.yaml") as { egress: { ports: object[] }[] };
    assert.deepEqual(egress[0]?.ports, [{ protocol: "TCP", port: "http" }]);
    const all = policyDocuments(
      policiesOf(namedPort({ app: "web" }), NO_BLOCKS),
      namedPort({ app: "web" }),
      NETWORK_POLICY,
    );
    const policies = all.map(({ object }) => readNetworkPolicy(object as Record<string, unknown>));
    assert.deepEqual(check(trafficOf(namedPort({ app: "web" })), policies, new Map()), []);
  });

  it("the port that was seen where the Service has no selector, whose endpoints have ports of their own", () => {
    const { ingress } = specOf(namedPort(null), "web.shop.yaml") as { ingress: { ports: object[] }[] };
    assert.deepEqual(ingress[0]?.ports, [{ protocol: "TCP", port: 80 }]);
  });

  const strangers: readonly { readonly title: string; readonly client: End; readonly remark: RegExp }[] = [
    {
      title: "the API server, which calls webhooks",
      client: { type: "service", namespace: "default", name: "kubernetes" },
      remark: /# a webhook call, or a client with the address of a Service: the rule limits only the port/,
    },
    {
      title: "an address without an owner",
      client: { type: "unresolved", address: "10.47.9.9" },
      remark: /# the owner of its address is unknown: the rule limits only the port/,
    },
  ];
  for (const { title, client, remark } of strangers) {
    it(`a client that no selector finds: ${title}`, () => {
      const graph = described(graphOf([call(client, "cart")]));
      assert.deepEqual(specOf(graph, "cart.shop.yaml").ingress, [{ ports: [{ protocol: "TCP", port: 8080 }] }]);
      assert.match(policy(graph, "cart.shop.yaml").yaml, remark);
    });
  }

  it("every port and any address where the graph does not have all of them", () => {
    const external: End = { type: "external", name: "api.example.com" };
    const calls = Array.from({ length: 150 }, (_, i) => {
      const at = { address: `203.0.113.${i}`, port: 1000 + i };
      return [
        call("cart", external, { dialled: at, serverAddress: at }),
        call("web", "cart", { serverAddress: at, dialled: at }),
      ];
    });
    const graph = described(graphOf(calls.flat()));
    assert.deepEqual(specOf(graph, "cart.shop.yaml"), {
      podSelector: { matchLabels: { app: "cart" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }],
      egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }] }],
    });
  });

  it("a Kubernetes node as client: the port, from anywhere", () => {
    const graph = described(graphOf([call({ type: "node", name: "worker-1" }, "cart")]));
    assert.deepEqual(specOf(graph, "cart.shop.yaml").ingress, [{ ports: [{ protocol: "TCP", port: 8080 }] }]);
  });

  const office: End = { type: "external", name: "office" };
  const outside: readonly {
    readonly title: string;
    readonly blocks: Map<string, readonly string[]>;
    readonly service?: object;
    /** Null: from any address. */
    readonly cidrs: readonly string[] | null;
  }[] = [
    { title: "from anywhere", blocks: new Map(), cidrs: ["0.0.0.0/0", "::/0"] },
    {
      title: "from a configured range",
      blocks: new Map([["office", ["198.51.100.0/24"]]]),
      cidrs: ["198.51.100.0/24"],
    },
    {
      title: "from the source ranges of the Service",
      blocks: new Map(),
      service: { type: "LoadBalancer", externalTrafficPolicy: "Local", sourceRanges: ["203.0.113.0/24"] },
      cidrs: ["203.0.113.0/24", "198.51.100.9/32"],
    },
    {
      title: "from anywhere where the Service hides the client's address",
      blocks: new Map([["office", ["198.51.100.0/24"]]]),
      service: { type: "NodePort", externalTrafficPolicy: "Cluster" },
      cidrs: null,
    },
  ];
  for (const { title, blocks, service: fields, cidrs } of outside) {
    it(`an external client: ${title}`, () => {
      const clientAddress = { address: "198.51.100.9", port: 40_000 };
      const dialledService = fields === undefined ? null : "shop/cart";
      const graph = described(graphOf([call(office, "cart", { dialledService, clientAddress })]), {
        ...(fields === undefined ? {} : { "service/shop/cart": { service: service(fields) } }),
      });
      const rules = specOf(graph, "cart.shop.yaml", { externalBlocks: blocks }).ingress as { from?: object[] }[];
      assert.deepEqual(
        rules.map(({ from }) => from),
        [cidrs?.map((cidr) => ({ ipBlock: { cidr } }))],
      );
    });
  }

  it("an external server: its addresses, which will age; for Cilium its name", () => {
    const dial = {
      dialled: { address: "203.0.113.9", port: 443 },
      serverAddress: { address: "203.0.113.9", port: 443 },
    };
    const graph = described(graphOf([call("cart", { type: "external", name: "api.example.com" }, dial)]));
    assert.deepEqual(specOf(graph, "cart.shop.yaml").egress, [
      { to: [{ ipBlock: { cidr: "203.0.113.9/32" } }], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
    assert.match(policy(graph, "cart.shop.yaml").yaml, /# 1 address of a name: they will age/);
    const cilium = policyDocuments(policiesOf(graph, NO_BLOCKS), graph, CILIUM_POLICY).map(({ object }) => object);
    assert.deepEqual((cilium as { spec: { egress: object[] } }[])[0]?.spec.egress, [
      { toFQDNs: [{ matchName: "api.example.com" }], toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }] },
    ]);
  });

  it("for Cilium a server by its addresses where its name is no domain, and 100 ports in lists of 40", () => {
    const calls = Array.from({ length: 100 }, (_, i) =>
      call(
        "cart",
        { type: "external", name: "api..example.com" },
        {
          serverAddress: { address: "203.0.113.9", port: 1000 + i },
          dialled: { address: "203.0.113.9", port: 1000 + i },
        },
      ),
    );
    const graph = described(graphOf(calls));
    const [cilium] = policyDocuments(policiesOf(graph, NO_BLOCKS), graph, CILIUM_POLICY);
    assert.ok(cilium);
    const { spec } = cilium.object as { spec: { egress: { toCIDR: string[]; toPorts: { ports: [] }[] }[] } };
    assert.deepEqual(spec.egress[0]?.toCIDR, ["203.0.113.9/32"]);
    assert.deepEqual(
      spec.egress[0]?.toPorts.map(({ ports }) => ports.length),
      [40, 40, 20],
    );
  });

  it("gives no rule to an edge that only failed, and says so", () => {
    const graph = described(
      graphOf([call("cart", "redis"), call("cart", "old", { outcome: "refused", errorType: "connection_refused" })]),
    );
    assert.equal((specOf(graph, "cart.shop.yaml").egress as object[]).length, 1);
    assert.match(
      policy(graph, "cart.shop.yaml").yaml,
      /# no rule for shop\/old \(1 connection\): every connection failed/,
    );
  });

  it("no policy in a namespace that would be a path", () => {
    const made = policiesOf(described(graphOf([call(workload("a", "../../etc"), "b")])), NO_BLOCKS);
    assert.deepEqual(
      made.policies.map(({ name }) => name),
      ["b"],
    );
    assert.equal(made.omitted[0]?.reason, "its namespace is no valid name");
  });

  const omitted: readonly {
    readonly title: string;
    readonly changes: Parameters<typeof described>[1];
    readonly reason: RegExp;
  }[] = [
    {
      title: "no traffic",
      changes: { "workload/shop/idle": {} },
      reason: /no policy for shop\/idle: no traffic was observed$/m,
    },
    {
      title: "a CronJob that did not run",
      changes: { "workload/shop/idle": { workload: [description({ app: "idle" }, { schedule: "0 3 * * *" })] } },
      reason: /no traffic was observed; its schedule is "0 3 \* \* \*", so it may not have run/,
    },
    {
      title: "a selector that selects others too",
      changes: { "workload/shop/blue": { workload: [description({ app: "redis", color: "blue" })] } },
      reason: /no policy for shop\/redis: its selector also selects pods of shop\/blue/,
    },
    {
      title: "pods on the node's network",
      changes: { "workload/shop/redis": { workload: [description({ app: "redis" }, { hostNetwork: true })] } },
      reason: /no policy for shop\/redis: its pods use the node's network/,
    },
    {
      title: "unknown labels",
      changes: { "workload/shop/redis": { workload: [] } },
      reason: /the labels of its pods are unknown/,
    },
  ];
  for (const { title, changes, reason } of omitted) {
    it(`no policy: ${title}`, () => {
      const graph = described(graphOf([call("cart", "redis")]), changes);
      assert.match(policiesHead(policiesOf(graph, NO_BLOCKS), graph).join("\n"), reason);
    });
  }

  it("denies the rest of each namespace in a file of its own", () => {
    const graph = described(graphOf([call("cart", "redis"), call(workload("a", "b"), workload("c", "d"))]));
    const documents = denyAllDocuments(policiesOf(graph, NO_BLOCKS), graph, NETWORK_POLICY);
    assert.deepEqual(
      documents.map(({ file }) => file),
      ["default-deny.b.yaml", "default-deny.d.yaml", "default-deny.shop.yaml"],
    );
    assert.deepEqual(documents[0]?.object, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "default-deny", namespace: "b" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
  });

  it("warns where the denial of the rest blocks a workload that has no policy", () => {
    const changes = { "workload/shop/redis": { workload: [] } };
    const graph = described(graphOf([call("cart", "redis")]), changes);
    const [deny] = denyAllDocuments(policiesOf(graph, NO_BLOCKS), graph, NETWORK_POLICY);
    assert.match(deny?.yaml ?? "", /^# it blocks observed traffic of workloads without a policy: shop\/redis$/m);
  });

  it("does not warn of pods on the node's network, which no policy covers", () => {
    const changes = { "workload/shop/redis": { workload: [description({ app: "redis" }, { hostNetwork: true })] } };
    const graph = described(graphOf([call("cart", "redis")]), changes);
    const [deny] = denyAllDocuments(policiesOf(graph, NO_BLOCKS), graph, NETWORK_POLICY);
    assert.doesNotMatch(deny?.yaml ?? "", /it blocks/);
  });

  it("never isolates a pod by a direction without rules, and writes YAML that reads as the object", () => {
    fc.assert(
      fc.property(graphs(), (graph) => {
        for (const { object, yaml } of policyDocuments(policiesOf(graph, NO_BLOCKS), graph, NETWORK_POLICY)) {
          const { spec } = object as { spec: { policyTypes: string[]; ingress?: object[]; egress?: object[] } };
          assert.deepEqual(parse(yaml), object);
          assert.doesNotMatch(yaml, /[&*]a\d/);
          assert.ok(spec.policyTypes.length > 0);
          assert.equal(spec.policyTypes.includes("Ingress"), (spec.ingress ?? []).length > 0);
          assert.equal(spec.policyTypes.includes("Egress"), (spec.egress ?? []).length > 0);
        }
      }),
    );
  });

  it("blocks nothing of the traffic that it was made from, even with the denial of the rest", () => {
    fc.assert(
      fc.property(graphs(), (graph) => {
        const policies = policiesOf(graph, NO_BLOCKS);
        const documents = [
          ...policyDocuments(policies, graph, NETWORK_POLICY),
          ...denyAllDocuments(policies, graph, NETWORK_POLICY),
        ];
        const read = documents.map(({ yaml }) => readNetworkPolicy(parse(yaml)));
        const omitted = new Set(policies.omitted.map(({ node }) => node.id));
        const verdicts = check(trafficOf(graph), read, new Map()).filter(({ direction, traffic }) => {
          const own = direction === "egress" ? traffic.client : traffic.server;
          return typeof own !== "string" && own.type === "workload" && !omitted.has(own.id);
        });
        assert.deepEqual(verdicts, []);
      }),
      { numRuns: 500 },
    );
  });
});
