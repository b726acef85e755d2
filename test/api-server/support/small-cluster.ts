// A small cluster in a real API server: two nodes, a Service with a pod on each, and a pod without a Service.
import type { TestContext } from "node:test";
import { parse } from "yaml";
import { ApiCluster } from "../../../src/cluster-source/api-cluster.ts";
import { inClusterAccess } from "../../../src/kubernetes/client/api-access.ts";
import { readSource } from "../../project/support/source-files.ts";
import { type Kubernetes, type KubernetesOptions, startKubernetes } from "../../servers/kubernetes.ts";
import type { ApiObject } from "../../servers/kubernetes-api.ts";
import { createServiceAccount, type RbacRule, type ServiceAccount } from "../../servers/service-account.ts";

/** The rules of the chart's ClusterRole. */
export const ROLE_RULES = (
  parse(readSource("charts/wirespan/files/cluster-role.yaml").text) as { readonly rules: readonly RbacRule[] }
).rules;

export interface SmallCluster {
  readonly kubernetes: Kubernetes;
  /** The agents' service account, with the chart's ClusterRole. */
  readonly account: ServiceAccount;
  /** The environment of a container with that account. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function smallCluster(t: TestContext, options: KubernetesOptions = {}): Promise<SmallCluster> {
  const kubernetes = await startKubernetes(options);
  t.after(() => kubernetes.stop());
  const account = await createServiceAccount(kubernetes, "agent", ROLE_RULES);
  t.after(() => account.close());
  const { admin } = kubernetes;
  for (const name of ["here", "there"]) {
    await admin.create({ apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} });
  }
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  await admin.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  const served = [
    await admin.create(pod("web-7d4b9c5f6d-x2x7z", "here", "10.1.0.5")),
    await admin.create(pod("web-7d4b9c5f6d-8q2lb", "there", "10.1.1.5")),
  ];
  await admin.create(pod("lonely", "there", "10.1.1.6"));
  await admin.create(sliceOf(served));
  return { kubernetes, account, environment: { ...account.environment, WIRESPAN_SERVICE_ACCOUNT: account.folder } };
}

/** The cluster of an agent with that account, and the reported problems. */
export interface Followed {
  readonly cluster: ApiCluster;
  readonly problems: (string | null)[];
  /** The current owner of the address: `Deployment web`, or the type of the owner. */
  ownerOf(address: string): string;
}

/** Watches the API as the agent does. `port`: of a relay in front of it. `ownNode`: as for --watch-pods node. */
export async function follow(
  t: TestContext,
  { account }: SmallCluster,
  port: number,
  ownNode: string | null = null,
): Promise<Followed> {
  const cluster = new ApiCluster(inClusterAccess("127.0.0.1", String(port), account.folder), false, ownNode);
  t.after(() => cluster.close());
  const problems: (string | null)[] = [];
  const handlers = { input: () => {}, nodes: () => {}, watch: (problem: string | null) => problems.push(problem) };
  await cluster.start(handlers, new AbortController().signal);
  return {
    cluster,
    problems,
    ownerOf(address) {
      cluster.applyUpdates();
      const nowMicros = Date.now() * 1_000;
      cluster.feed.advance(nowMicros);
      const owner = cluster.feed.index.ownerOf(address, nowMicros);
      if (owner.type !== "pod") return owner.type;
      const { kind, name } = cluster.feed.index.workloadOf(owner.pod);
      return `${kind} ${name}`;
    },
  };
}

export function pod(name: string, nodeName: string, podIP: string): ApiObject {
  const env = [{ name: "DATABASE_PASSWORD", value: "hunter2" }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop" },
    spec: { nodeName, containers: [{ name: "main", image: "main", env }] },
    status: { phase: "Running", podIP, podIPs: [{ ip: podIP }] },
  };
}

function sliceOf(pods: readonly ApiObject[]): ApiObject {
  const endpoints = pods.map(({ metadata, spec, status }) => ({
    addresses: [(status as { podIP: string }).podIP],
    nodeName: (spec as { nodeName: string }).nodeName,
    targetRef: { kind: "Pod", namespace: "shop", name: metadata.name, uid: metadata.uid },
  }));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    addressType: "IPv4",
    endpoints,
    metadata: { name: "web-1", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
    ports: [{ port: 8080 }],
  };
}
