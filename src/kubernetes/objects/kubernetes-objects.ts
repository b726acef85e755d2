import type { OwnSpans } from "../../model/interaction.ts";

/**
 * The few fields that wirespan reads of Kubernetes objects, as the API and `kubectl get -o json` give them, and the
 * small records that the cluster index keeps of them. Objects are trimmed to records the moment they are parsed.
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

export interface PodRecord {
  readonly kind: "Pod";
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Node that runs the pod; null while it is not scheduled. */
  readonly nodeName: string | null;
  /** Addresses of its own; empty for a hostNetwork pod, which has the node's. */
  readonly addresses: readonly string[];
  /** Addresses on networks besides the cluster's, which may give out the same ones again. */
  readonly furtherAddresses: readonly string[];
  readonly createdMicros: number;
  /** When it was over (Succeeded, Failed), by the API's whole seconds; null while it may send. */
  readonly endedMicros: number | null;
  /** When its first container was started, by whole seconds; null where that is not known (any more). */
  readonly startedMicros: number | null;
  /** When its end was asked for, by whole seconds: it may send until it is gone, and lose its address before. */
  readonly endAskedMicros: number | null;
  /** It ends by itself when its work is done, and nobody is told before. */
  readonly mayComplete: boolean;
  readonly owner: Owner | null;
  /** TCP ports on the node's address: container ports of a hostNetwork pod, host ports of any other. */
  readonly nodePorts: readonly number[];
  /** Ports that the kubelet probes. */
  readonly probePorts: readonly number[];
  /** `service.name` and `service.namespace` as the pod spec or its annotations give them. */
  readonly serviceName: string | null;
  readonly serviceNamespace: string | null;
  readonly ownSpans: OwnSpans;
  /** What made the ReplicaSet that owns it, as the pod's labels tell it; null where they do not. */
  readonly replicaSetMaker: "Deployment" | "Rollout" | null;
  /** Of wirespan's own agents: a ready one tells what it sees, one that is not is silent; null for all other pods. */
  readonly agent: "ready" | "silent" | null;
}

export interface ServiceRecord {
  readonly kind: "Service";
  readonly namespace: string;
  readonly name: string;
  /** Name of the service of several clusters for which it stands in (KEP-1645); null for any other. */
  readonly importName: string | null;
  readonly clusterAddresses: readonly string[];
  /** Load balancer and external addresses. */
  readonly externalAddresses: readonly string[];
  readonly nodePorts: readonly number[];
  /** TCP ports that it takes. */
  readonly ports: readonly number[];
  /** Whether it takes DNS queries: port 53 of any protocol. */
  readonly servesDns: boolean;
  readonly externalName: string | null;
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
  /** Addresses with which it passes on what others send, and from which none of its own processes dials. */
  readonly routerAddresses: readonly string[];
  readonly podCidrs: readonly string[];
}

/** A ReplicaSet or Job: its owner names the workload. */
export interface OwnerRecord {
  readonly kind: "ReplicaSet" | "Job";
  readonly uid: string;
  readonly owner: Owner | null;
}

export type ClusterRecord = PodRecord | ServiceRecord | EndpointSliceRecord | NodeRecord | OwnerRecord;

/** What tells a record from all others: pods and owners by their uid, for names are used again. */
export function recordKey(record: ClusterRecord): string {
  switch (record.kind) {
    case "Pod":
    case "ReplicaSet":
    case "Job":
      return `${record.kind}/${record.uid}`;
    case "Node":
      return `Node/${record.name}`;
    default:
      return `${record.kind}/${record.namespace}/${record.name}`;
  }
}
