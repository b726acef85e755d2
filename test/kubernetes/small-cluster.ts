// A small cluster in a real API server: two nodes, a Service with a pod on each, and a pod that no Service selects.
import type { TestContext } from "node:test";
import { parse } from "yaml";
import { readSource } from "../project/source-files.ts";
import { type Kubernetes, startKubernetes } from "../servers/kubernetes.ts";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { makeServiceAccount, type RbacRule, type ServiceAccount } from "../servers/service-account.ts";

/** What the chart's ClusterRole allows. */
export const ROLE_RULES = (
  parse(readSource("charts/wirespan/files/cluster-role.yaml").text) as { readonly rules: readonly RbacRule[] }
).rules;

export interface SmallCluster {
  readonly kubernetes: Kubernetes;
  /** The agents' account, with the rights of the chart's ClusterRole. */
  readonly account: ServiceAccount;
  /** The environment of a container with that account. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function smallCluster(t: TestContext): Promise<SmallCluster> {
  const kubernetes = await startKubernetes();
  t.after(() => kubernetes.stop());
  const account = await makeServiceAccount(kubernetes, "agent", ROLE_RULES);
  t.after(() => account.close());
  const { admin } = kubernetes;
  for (const name of ["here", "there"]) {
    await admin.create({ apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} });
  }
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  await admin.create({
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "shop" } },
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

export function pod(name: string, nodeName: string, podIP: string): ApiObject {
  const env = [{ name: "DATABASE_PASSWORD", value: "hunter2" }];
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "shop" } },
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
    ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4", endpoints },
    metadata: { name: "web-1", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
    ports: [{ port: 8080 }],
  };
}
