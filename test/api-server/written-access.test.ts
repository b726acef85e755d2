// A real API server takes every policy and every ClientIntents object that is written, by its strict dry-run.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { intentsOf } from "../../src/access/intents/intents.ts";
import { INTENTS_VERSIONS, intentsDocuments } from "../../src/access/intents/intents-documents.ts";
import { CILIUM_POLICY } from "../../src/access/policies/cilium-policy.ts";
import { NETWORK_POLICY } from "../../src/access/policies/network-policy.ts";
import { policiesOf } from "../../src/access/policies/policies.ts";
import { denyAllDocuments, policyDocuments } from "../../src/access/policies/policy-documents.ts";
import { readGraphFile } from "../../src/graph/file/read-graph-file.ts";
import type { End } from "../../src/model/interaction.ts";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import { described, description, service } from "../access/support/described.ts";
import { graphs } from "../access/support/random-graphs.ts";
import { call, graphOf, onlineBoutique, workload } from "../answers/support/graphs.ts";
import { type Kubernetes, startKubernetes } from "../servers/kubernetes.ts";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { serverProgram } from "../servers/server-programs.ts";
import { CLUSTER, capture, wirespan } from "../support/cli/wirespan.ts";
import { sharedPath } from "../support/paths.ts";
import { define, refusals } from "./support/dry-run.ts";

const BOUND = { timeout: 300_000 };
const RANGES = new Map([["office", ["198.51.100.0/24", "2001:db8::/32"]]]);
const API_SERVER: End = { type: "service", namespace: "default", name: "kubernetes" };
const SEED = 16;
const STRANGE = ["My_Service", "v1.2", "UPPER", "a b", "-a", "a.-b.", "…", "x".repeat(253)];

/** What policies.test.ts has cases of, and what names may be. */
const CASES: readonly ServiceGraph[] = [
  described(onlineBoutique()),
  described(
    graphOf([call("frontend", "cart", { dialledService: "shop/cart" }), call(workload("web", "front"), "cart")]),
    {
      "workload/shop/cart": {
        workload: [description({ app: "cart", tier: "back" })],
        resolvers: [
          { address: "10.96.0.10", port: 53, transport: "udp", end: "workload/kube-system/coredns" },
          { address: "169.254.20.10", port: 53, transport: "udp", end: null },
          { address: "fd00::a", port: 5353, transport: "tcp", end: null },
        ],
      },
      "workload/kube-system/coredns": { workload: [description({ "k8s-app": "kube-dns" })] },
      "service/kube-system/kube-dns": {
        service: service({
          clusterIPs: ["10.96.0.10"],
          ports: [{ name: "dns", port: 53, targetPort: 5353, nodePort: null }],
        }),
      },
      "service/shop/cart": { service: service({ selector: { app: "cart" } }) },
    },
  ),
  described(
    graphOf([
      call("operator", API_SERVER, {
        dialled: { address: "10.96.0.1", port: 443 },
        serverAddress: { address: "fd00::2", port: 6443 },
      }),
    ]),
    { "service/default/kubernetes": { service: service({ clusterIPs: ["10.96.0.1", "fd00:10:96::1"] }) } },
  ),
  described(
    graphOf([
      call({ type: "node", name: "worker-1" }, "cart"),
      call({ type: "external", name: "office" }, "cart", { dialledService: "shop/cart" }),
      call("cart", { type: "node", name: "worker-1" }),
      call("cart", { type: "unresolved", address: "2001:db8::1" }),
      call("cart", "old", { outcome: "refused", errorType: "connection_refused" }),
    ]),
    {
      "service/shop/cart": {
        service: service({ type: "LoadBalancer", externalTrafficPolicy: "Local", sourceRanges: ["203.0.113.0/24"] }),
      },
      "workload/shop/old": { workload: [description({ app: "old" }, { hostNetwork: true })] },
    },
  ),
  described(
    graphOf(
      ["api.example.com", "my_bucket.s3.amazonaws.com", "_dmarc.example.com", "a..b", "bücher.example", "host", "*.x.y"]
        .map((name): End => ({ type: "external", name }))
        .flatMap((server) =>
          Array.from({ length: 60 }, (_, i) =>
            call("cart", server, {
              dialled: { address: "203.0.113.9", port: 1000 + i },
              serverAddress: { address: "203.0.113.9", port: 1000 + i },
            }),
          ),
        ),
    ),
  ),
  // Named by OTEL_SERVICE_NAME.
  described(
    graphOf(STRANGE.flatMap((name) => [call(workload(name), "cart"), call("cart", workload(name, "data"))])),
    Object.fromEntries(
      STRANGE.flatMap((name, i) =>
        ["shop", "data"].map((namespace) => [
          `workload/${namespace}/${name}`,
          { workload: [description({ app: `strange-${i}` }, { owners: [] })] },
        ]),
      ),
    ),
  ),
  ...fc.sample(graphs(), { numRuns: 40, seed: SEED }),
];

describe("the strict dry-run of a real API server takes", () => {
  let kubernetes: Kubernetes;
  let demo: ServiceGraph;
  const namespaces = new Set(["default", "kube-system"]);

  before(async () => {
    kubernetes = await startKubernetes();
    const nodes = ["node-a", "node-b", "node-c"];
    const captures = nodes.flatMap((node) => ["--capture", `${node}=${capture(node)}`]);
    const { stdout } = await wirespan(["snapshot", ...CLUSTER, ...captures, "--agents", nodes.join(",")]);
    demo = await readGraphFile([Buffer.from(stdout)], "the demo's graph");
  }, BOUND);
  after(() => kubernetes.stop());

  async function assertTaken(plural: string, written: readonly object[]): Promise<void> {
    const objects = written as readonly ApiObject[];
    assert.ok(objects.length > 0);
    for (const namespace of objects.map(({ metadata }) => metadata.namespace ?? "")) {
      if (namespaces.has(namespace)) continue;
      namespaces.add(namespace);
      await kubernetes.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    }
    assert.deepEqual(await refusals(kubernetes, plural, objects), []);
  }

  for (const [plural, flavor] of [
    ["networkpolicies", NETWORK_POLICY],
    ["ciliumnetworkpolicies", CILIUM_POLICY],
  ] as const) {
    it(`${flavor.kind} objects, and the denial of the rest`, BOUND, async () => {
      if (flavor === CILIUM_POLICY) {
        const folder = dirname(await serverProgram("cilium-crds", "any"));
        await define(kubernetes, parse(readFileSync(join(folder, `${plural}.yaml`), "utf8"), { maxAliasCount: -1 }));
      }
      const written = [demo, ...CASES].flatMap((graph) => {
        const policies = policiesOf(graph, { externalBlocks: RANGES });
        const documents = [...policyDocuments(policies, graph, flavor), ...denyAllDocuments(policies, graph, flavor)];
        return documents.map(({ yaml }) => parse(yaml) as object);
      });
      await assertTaken(plural, written);
    });
  }

  it("ClientIntents of each version", BOUND, async (t) => {
    const path = sharedPath(t, "crds", "clientintents.k8s.otterize.com.yaml");
    if (path === null) return;
    await define(kubernetes, parse(readFileSync(path, "utf8"), { maxAliasCount: -1 }));
    for (const version of INTENTS_VERSIONS) {
      const written = [demo, ...CASES].flatMap((graph) =>
        intentsDocuments(intentsOf(graph).clients, { version, hasComments: true }).map(({ yaml }) => parse(yaml)),
      );
      await assertTaken("clientintents", written);
    }
  });

  it("nothing that is wrong: an unknown field, a wrong port", BOUND, async () => {
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "a", namespace: "default" },
    };
    const ingress = [{ ports: [{ port: "longer-than-fifteen-characters" }] }];
    const wrong = [
      { ...policy, spec: { podSelector: {}, unknown: 1 } },
      { ...policy, spec: { podSelector: {}, ingress } },
    ];
    assert.equal((await refusals(kubernetes, "networkpolicies", wrong)).length, 2);
  });
});
