import { createHash } from "node:crypto";
import type { LabCluster, LabNode, LabWorkload } from "./cluster-plan.ts";

/** An object as `kubectl get -o json` prints it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
  readonly [more: string]: unknown;
}

/** The same name, the same uid: no randomness, so that the objects are functions of the plan. */
export function uid(...parts: readonly string[]): string {
  const hex = createHash("sha256").update(parts.join("/")).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/** API times are whole seconds. */
export const apiTime = (seconds: number): string =>
  `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}Z`;

/** An owner reference with `controller: true`. */
export const owner = (apiVersion: string, kind: string, name: string, namespace: string) => ({
  apiVersion,
  kind,
  name,
  controller: true,
  uid: uid(kind, namespace, name),
});

/** What stands between a workload and its pods. */
export const PARENT_KIND = { Deployment: ["apps/v1", "ReplicaSet"], CronJob: ["batch/v1", "Job"] } as const;
export const API_VERSION = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  CronJob: "batch/v1",
  Node: "v1",
};

/** Labels of a workload's pods, by which its Service selects them. */
export function podLabels(workload: LabWorkload): Record<string, string> {
  return { ...(workload.labels ?? { app: workload.name }) };
}

export function nodeObject(node: LabNode): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: node.name, uid: uid("Node", node.name), labels: { "kubernetes.io/hostname": node.name } },
    spec: { podCIDR: node.podCidr.v4, podCIDRs: [node.podCidr.v4, node.podCidr.v6] },
    status: {
      addresses: [
        { type: "InternalIP", address: node.address.v4 },
        { type: "InternalIP", address: node.address.v6 },
        { type: "Hostname", address: node.name },
      ],
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

/** The workload itself and, for Deployments and CronJobs, the ReplicaSet or Job in between. */
export function workloadObjects(cluster: LabCluster): KubernetesObject[] {
  return cluster.workloads
    .filter(({ kind }) => kind !== "Node")
    .flatMap((workload) => {
      const { namespace, name, kind } = workload;
      const top = {
        apiVersion: API_VERSION[kind],
        kind,
        metadata: { name, namespace, uid: uid(kind, namespace, name) },
      };
      const parent = cluster.pods.find((pod) => pod.workload === workload)?.parent ?? null;
      if (parent === null || !(kind in PARENT_KIND)) return [top];
      const [apiVersion, parentKind] = PARENT_KIND[kind as keyof typeof PARENT_KIND];
      const ownerReferences = [owner(API_VERSION[kind], kind, name, namespace)];
      const metadata = { name: parent, namespace, uid: uid(parentKind, namespace, parent), ownerReferences };
      return [top, { apiVersion, kind: parentKind, metadata }];
    });
}
