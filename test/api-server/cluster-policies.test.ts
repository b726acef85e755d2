// policies check --live: the policies that a cluster has now, read from a real API server with the rights of the user.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { simulatedAgent } from "../graph-source/live/support/simulated-agent.ts";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { serverProgram } from "../servers/server-programs.ts";
import type { RbacRule } from "../servers/service-account.ts";
import { CLUSTER, capture, type Ended, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { AGENT_NAMESPACE, type AgentCluster, agentCluster } from "./support/agent-cluster.ts";
import { define } from "./support/dry-run.ts";

const BOUND = { timeout: 300_000 };
const LIST_POLICIES: RbacRule = { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list"] };

/** The demo's graph as a file, and its policies. */
interface Demo {
  readonly graph: string;
  readonly policies: readonly ApiObject[];
}

async function demo(t: Pick<TestContext, "after">): Promise<Demo> {
  const folder = temporaryFolder(t);
  const graph = join(folder, "graph.json");
  const captures = ["node-a", "node-b", "node-c"].flatMap((node) => ["--capture", `${node}=${capture(node)}`]);
  assert.equal((await wirespan(["snapshot", ...CLUSTER, ...captures, "-o", graph])).code, 0);
  const written = await wirespan(["policies", "--graph", graph, "-o", "json"]);
  return { graph, policies: (JSON.parse(written.stdout) as { items: readonly ApiObject[] }).items };
}

async function addNamespaces({ kubernetes }: AgentCluster, names: ReadonlySet<string>): Promise<void> {
  for (const name of names) await kubernetes.admin.request("POST", "/api/v1/namespaces", { metadata: { name } });
}

test("policies check --live", BOUND, async (t) => {
  const [cluster, shop] = await Promise.all([agentCluster(t), demo(t)]);
  await addNamespaces(cluster, new Set(shop.policies.map(({ metadata }) => metadata.namespace ?? "")));

  const check = (...args: string[]): Promise<Ended> => wirespan(["policies", "check", "--live", ...args]);
  const checkAs = (kubeconfig: string, ...args: string[]): Promise<Ended> =>
    check("--kubeconfig", kubeconfig, "--graph", shop.graph, ...args);

  await t.test("says that a cluster without policies blocks nothing", BOUND, async () => {
    const { code, stdout, stderr } = await checkAs(cluster.adminConfig);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^0 policies checked against \d+ observed flows: 0 blocked, 0 not decided$/m);
    assert.match(stderr, /^wirespan: there is no NetworkPolicy: nothing is blocked$/m);
  });

  await t.test(
    "finds nothing blocked by the graph's own policies, and what the denial of the rest blocks without one",
    BOUND,
    async () => {
      const { admin } = cluster.kubernetes;
      for (const policy of shop.policies) await admin.create(policy);
      const whole = await checkAs(cluster.adminConfig, "--context", "admin");
      assert.equal(whole.code, 0, whole.stderr);
      const count = `${shop.policies.length} policies checked against`;
      assert.match(whole.stdout, new RegExp(`^${count} \\d+ observed flows: 0 blocked, 0 not decided$`, "m"));

      const metadata = { name: "default-deny", namespace: "shop" };
      const spec = { podSelector: {}, policyTypes: ["Ingress"] };
      await admin.create({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec });
      await admin.delete({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "cart", namespace: "shop" },
      });
      const { code, stdout } = await checkAs(cluster.adminConfig, "-n", "shop", "-o", "json");
      assert.equal(code, 1);
      const { verdicts } = JSON.parse(stdout) as { verdicts: readonly Record<string, unknown>[] };
      assert.deepEqual(
        [
          ...new Set(
            verdicts.map(({ result, direction, server, policies }) => `${result} ${direction} ${server} ${policies}`),
          ),
        ],
        ["blocked ingress workload/shop/cart shop/default-deny"],
      );
      assert.deepEqual(verdicts.map(({ client }) => client).sort(), [
        "workload/shop/checkout",
        "workload/shop/frontend",
      ]);
      await admin.delete({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata });
    },
  );

  await t.test("knows the labels of the cluster's namespaces", BOUND, async () => {
    const { admin } = cluster.kubernetes;
    const peer = { namespaceSelector: { matchLabels: { team: "front" } } };
    const metadata = { name: "by-team", namespace: "data" };
    const spec = { podSelector: {}, ingress: [{ from: [peer] }] };
    const policies = shop.policies.filter((one) => one.metadata.namespace === "data");
    for (const policy of policies) await admin.delete(policy);
    await admin.create({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec });
    assert.equal((await checkAs(cluster.adminConfig)).code, 1);
    await admin.patch(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      { metadata: { labels: { team: "front" } } },
    );
    const allowed = await checkAs(cluster.adminConfig);
    assert.equal(allowed.code, 0, allowed.stdout);
    await admin.delete({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata });
    for (const policy of policies) await admin.create(policy);
  });

  await t.test(
    "names a missing right in one sentence, and takes what the right to one namespace shows",
    BOUND,
    async (t) => {
      const kubeconfig = await cluster.userWith(t, [LIST_POLICIES]);
      const refused = await checkAs(kubeconfig);
      assert.equal(refused.code, 2);
      assert.equal(
        refused.stderr,
        "wirespan: the API server forbids this user to list networkpolicies (networking.k8s.io) in all namespaces; choose a namespace with -n, or allow list on networkpolicies\n",
      );
      assert.match(
        (await checkAs(kubeconfig, "-n", "shop")).stderr,
        /^wirespan: the API server forbids this user to list networkpolicies \(networking.k8s.io\) in namespace shop; allow list on networkpolicies$/m,
      );
      let limited = await checkAs(kubeconfig, "-n", AGENT_NAMESPACE);
      await until("the rights are applied", async () => {
        limited = await checkAs(kubeconfig, "-n", AGENT_NAMESPACE);
        return limited.code === 0;
      });
      assert.match(
        limited.stderr,
        /^wirespan: this user cannot list networkpolicies in all namespaces: only those of observability are checked/m,
      );
      assert.match(limited.stderr, /^wirespan: this user cannot list namespaces: /m);
    },
  );

  await t.test("says which policies of other kinds the cluster has, and that they are not checked", BOUND, async () => {
    const folder = dirname(await serverProgram("cilium-crds", "any"));
    const definition = readFileSync(join(folder, "ciliumnetworkpolicies.yaml"), "utf8");
    await define(cluster.kubernetes, parse(definition, { maxAliasCount: -1 }));
    assert.doesNotMatch((await checkAs(cluster.adminConfig)).stderr, /Cilium/);
    await cluster.kubernetes.admin.create({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: "a", namespace: "shop" },
      spec: { endpointSelector: {}, ingress: [{}] },
    });
    assert.match(
      (await checkAs(cluster.adminConfig)).stderr,
      /^wirespan: CiliumNetworkPolicy \(1 in the cluster\) is not checked: only NetworkPolicy of networking.k8s.io is$/m,
    );
  });

  await t.test("those of administrators, which come before all others, too", BOUND, async () => {
    const group = "policy.networking.k8s.io";
    const [kind, plural] = ["ClusterNetworkPolicy", "clusternetworkpolicies"];
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      // Of a group that is reserved, the API server wants to know who approved it.
      metadata: { name: `${plural}.${group}`, annotations: { "api-approved.kubernetes.io": "unapproved, for a test" } },
      spec: {
        group,
        scope: "Cluster",
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: [{ name: "v1alpha2", served: true, storage: true, schema }],
      },
    };
    await define(cluster.kubernetes, definition);
    await cluster.kubernetes.admin.create({ apiVersion: `${group}/v1alpha2`, kind, metadata: { name: "a" } });
    assert.match(
      (await checkAs(cluster.adminConfig)).stderr,
      /^wirespan: ClusterNetworkPolicy \(1 in the cluster\) is not checked: /m,
    );
  });

  await t.test(
    "takes the graph of the running agents without another source, and never guesses labels that are not known",
    BOUND,
    async (t) => {
      const agent = await simulatedAgent("a", 40);
      t.after(() => agent.close());
      cluster.ports.set("a", agent.port);
      await cluster.addAgent("a");
      const { admin } = cluster.kubernetes;
      const metadata = { name: "deny", namespace: "shop" };
      await admin.create({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata,
        spec: { podSelector: {} },
      });
      const { code, stdout, stderr } = await check("--kubeconfig", cluster.adminConfig, "-o", "json");
      assert.equal(code, 0, stderr);
      const { traffic, verdicts } = JSON.parse(stdout) as {
        traffic: number;
        verdicts: readonly { result: string; reason: string }[];
      };
      assert.equal(traffic, 40);
      assert.ok(verdicts.length >= 40);
      for (const { result, reason } of verdicts) {
        assert.equal(result, "unknown");
        assert.match(reason, /the labels of its pods are unknown/);
      }
    },
  );

  await t.test("says what to pass where there are no policies", async () => {
    const { code, stderr } = await wirespan(["policies", "check", "--graph", shop.graph]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^wirespan: no policies to check; pass a manifest, a directory, - for standard input, or --live /,
    );
  });
});
