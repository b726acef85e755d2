import type { LabPod, LabWorkload } from "./cluster-plan.ts";
import {
  API_VERSION,
  apiTime,
  type KubernetesObject,
  owner,
  PARENT_KIND,
  podLabels,
  uid,
} from "./kubernetes-objects.ts";

/** Where a pod stands in its life; `pending` pods have no address yet. */
export type PodPhase = "pending" | "running" | "completed" | "deleted";

const PHASE = { pending: "Pending", running: "Running", completed: "Succeeded", deleted: "Running" } as const;

/**
 * A pod at a moment of its life.
 * @param createdSeconds when it was created; `changedSeconds` when it entered the phase. Seconds since the Unix epoch.
 */
export function podObject(
  pod: LabPod,
  phase: PodPhase,
  createdSeconds: number,
  changedSeconds: number,
): KubernetesObject {
  const { workload, node, address } = pod;
  const ready = phase === "running";
  const probe =
    workload.probed && workload.port !== null ? { readinessProbe: { tcpSocket: { port: workload.port } } } : {};
  const known = phase !== "pending";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: pod.name,
      namespace: workload.namespace,
      uid: uid("Pod", workload.namespace, pod.name),
      labels: podLabels(workload),
      creationTimestamp: apiTime(createdSeconds),
      ...(phase === "deleted" ? { deletionTimestamp: apiTime(changedSeconds) } : {}),
      ownerReferences: [podOwner(pod)],
    },
    spec: {
      nodeName: node.name,
      containers: [
        {
          name: workload.name,
          image: `registry.example/${workload.name}:1`,
          ports: containerPorts(workload).map((containerPort) => ({
            containerPort,
            ...(workload.portName === null ? {} : { name: workload.portName }),
          })),
          ...probe,
        },
      ],
      dnsPolicy: workload.hostNetwork ? "ClusterFirstWithHostNet" : "ClusterFirst",
      ...(workload.hostNetwork ? { hostNetwork: true } : {}),
    },
    status: {
      phase: PHASE[phase],
      ...(known
        ? {
            hostIP: node.address.v4,
            podIP: address.v4,
            podIPs: [{ ip: address.v4 }, { ip: address.v6 }],
            startTime: apiTime(createdSeconds),
          }
        : {}),
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: apiTime(changedSeconds) }],
    },
  };
}

const containerPorts = (workload: LabWorkload): number[] => {
  if (workload.name === "coredns") return [53];
  return workload.port === null ? [] : [workload.port];
};

function podOwner({ workload, node, parent }: LabPod) {
  if (workload.kind === "Node") return owner("v1", "Node", node.name, "");
  if (parent !== null && workload.kind in PARENT_KIND) {
    const [apiVersion, kind] = PARENT_KIND[workload.kind as keyof typeof PARENT_KIND];
    return owner(apiVersion, kind, parent, workload.namespace);
  }
  return owner(API_VERSION[workload.kind], workload.kind, workload.name, workload.namespace);
}
