import type { OwnSpans } from "../../model/interaction.ts";
import type { Labels, NameRule, ServiceDescription, WorkloadPort } from "../../model/service-graph.ts";

/**
 * The fields of Kubernetes objects that wirespan reads, and the small records that the cluster index keeps. Objects are
 * trimmed to records as soon as they are parsed.
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/
 */
export interface KubernetesObject {
  readonly kind?: string;
  readonly metadata?: ObjectMetadata;
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
  readonly endpoints?: unknown;
  readonly ports?: unknown;
}

export interface ObjectMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/**
 * Maximum length of one object's JSON: in bytes from the API server, in characters in a log. etcd rejects objects of more
 * than 1.5 MB, so a longer line contains no object.
 */
export const MAX_OBJECT_LENGTH = 16 * 1024 * 1024;

interface OwnerReference {
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

/** The controlling owner (`controller: true`) of an object. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** What a pod has in common with all pods of its revision; one object for all of them. */
export interface PodTemplate {
  /** Without those of one revision or pod; sorted. */
  readonly labels: Labels;
  /** TCP ports of its containers, sorted by port, then name. */
  readonly ports: readonly WorkloadPort[];
  readonly isHostNetwork: boolean;
  /** As far as the spec hints at it. */
  readonly language: string | null;
  readonly namedBy: NameRule;
}

export interface PodRecord {
  readonly kind: "Pod";
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Null until the pod is scheduled. */
  readonly nodeName: string | null;
  /** Empty for a hostNetwork pod, which uses the node's addresses. */
  readonly addresses: readonly string[];
  /** Addresses on secondary networks (Multus), which may assign one address several times. */
  readonly secondaryAddresses: readonly string[];
  readonly createdMicros: number;
  /** End of the second in which the pod ended (Succeeded, Failed); Infinity if unknown; null while it may send. */
  readonly endedMicros: number | null;
  /** Start of its first container, in whole seconds; null if unknown, as after a restart. */
  readonly startedMicros: number | null;
  /** When its deletion was requested, in whole seconds. It may send until it is deleted, and lose its address earlier. */
  readonly deletionRequestedMicros: number | null;
  /** Ends on its own, without an update beforehand: restartPolicy is not Always. */
  readonly runsToCompletion: boolean;
  readonly owner: Owner | null;
  /** TCP ports on the node's address: container ports of a hostNetwork pod, host ports of any other. */
  readonly nodePorts: readonly number[];
  /** Ports of the kubelet's probes, and of the lifecycle hooks that it calls. */
  readonly probePorts: readonly number[];
  /** `service.name` and `service.namespace` from the pod's spec or annotations. */
  readonly serviceName: string | null;
  readonly serviceNamespace: string | null;
  readonly ownSpans: OwnSpans;
  /** Null if only its endpoints are known. */
  readonly template: PodTemplate | null;
  /** Kind of the controller of the ReplicaSet that owns the pod, from the pod's labels; null without such a label. */
  readonly replicaSetOwnerKind: "Deployment" | "Rollout" | null;
  /** Its condition Ready. */
  readonly isReady: boolean;
  /** State of a wirespan agent; null for all other pods. */
  readonly agent: "ready" | "notReady" | null;
}

export interface ServiceRecord {
  readonly kind: "Service";
  readonly namespace: string;
  readonly name: string;
  /** Name of the ServiceImport that it implements in this cluster (KEP-1645); null if none. */
  readonly importName: string | null;
  readonly clusterAddresses: readonly string[];
  /** Of load balancers, as their controller reports them. */
  readonly balancerAddresses: readonly string[];
  /** `externalIPs`: any addresses, as the Service's author chose. */
  readonly claimedAddresses: readonly string[];
  readonly nodePorts: readonly number[];
  /** TCP ports. */
  readonly ports: readonly number[];
  /** Whether it has port 53, of any protocol. */
  readonly servesDns: boolean;
  readonly externalName: string | null;
  /** What describes it in the graph. */
  readonly spec: Omit<ServiceDescription, "atMicros">;
}

export interface EndpointRecord {
  readonly address: string;
  readonly podUid: string | null;
}

export interface EndpointSliceRecord {
  readonly kind: "EndpointSlice";
  readonly namespace: string;
  readonly name: string;
  readonly serviceName: string;
  readonly endpoints: readonly EndpointRecord[];
  readonly ports: readonly number[];
}

export interface NodeRecord {
  readonly kind: "Node";
  readonly name: string;
  readonly addresses: readonly string[];
  /** Addresses with which it forwards packets of others. Its own processes do not use them. */
  readonly routerAddresses: readonly string[];
  readonly podCidrs: readonly string[];
}

/** A ReplicaSet or Job. Its owner names the workload. */
export interface OwnerRecord {
  readonly kind: "ReplicaSet" | "Job";
  readonly uid: string;
  readonly owner: Owner | null;
}

/** The spec of a workload's owner, from a cluster file that has it: the agent has no right to read it. */
export interface OwnerSpecRecord {
  readonly kind: "OwnerSpec";
  readonly ownerKind: "Deployment" | "StatefulSet" | "DaemonSet" | "CronJob";
  readonly namespace: string;
  readonly name: string;
  /** `matchLabels` that alone select its pods; null if there are further conditions. */
  readonly selector: Labels | null;
  /** Of a CronJob. */
  readonly schedule: string | null;
  /** What its pods have. */
  readonly serviceName: string | null;
  readonly serviceNamespace: string | null;
  readonly ownSpans: OwnSpans;
  readonly template: PodTemplate;
}

export type ClusterRecord =
  | PodRecord
  | ServiceRecord
  | EndpointSliceRecord
  | NodeRecord
  | OwnerRecord
  | OwnerSpecRecord;

/** Unique key of a record. Pods and owners use the uid, because their names are reused. */
export function recordKey(record: ClusterRecord): string {
  switch (record.kind) {
    case "Pod":
    case "ReplicaSet":
    case "Job":
      return `${record.kind}/${record.uid}`;
    case "Node":
      return `Node/${record.name}`;
    case "OwnerSpec":
      return `${record.ownerKind}/${record.namespace}/${record.name}`;
    default:
      return `${record.kind}/${record.namespace}/${record.name}`;
  }
}
