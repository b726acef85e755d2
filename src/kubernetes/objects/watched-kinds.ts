import { AGENT_LABEL } from "./known-labels.ts";
import type { ClusterRecord } from "./kubernetes-objects.ts";

/** A watched kind of objects. Needs the verbs get, list and watch on its resource, and nothing else. */
export interface WatchedKind {
  readonly kind: ClusterRecord["kind"];
  /** As in an RBAC rule. */
  readonly resource: string;
  /** Restricts the watch to some of the objects. */
  readonly selection?: { readonly name: string; readonly query: Readonly<Record<string, string>> };
  readonly path: string;
  /** Whether to request PartialObjectMetadata, a fraction of the object: only the owner counts. */
  readonly isMetadataOnly: boolean;
  /** The effect of not being allowed to read the kind, for messages. */
  readonly ifMissing: string;
}

/** The kinds that fill the cluster index. */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  {
    kind: "Node",
    resource: "nodes",
    path: "/api/v1/nodes",
    isMetadataOnly: false,
    ifMissing: "connections of nodes and probes of kubelets appear as external or unresolved",
  },
  {
    kind: "ReplicaSet",
    resource: "replicasets.apps",
    path: "/apis/apps/v1/replicasets",
    isMetadataOnly: true,
    ifMissing: "a ReplicaSet's owner is unknown unless it is a Deployment or Rollout",
  },
  {
    kind: "Job",
    resource: "jobs.batch",
    path: "/apis/batch/v1/jobs",
    isMetadataOnly: true,
    ifMissing: "each run of a CronJob appears as a separate workload",
  },
  {
    kind: "Service",
    resource: "services",
    path: "/api/v1/services",
    isMetadataOnly: false,
    ifMissing: "Services without endpoints appear as external",
  },
  {
    kind: "EndpointSlice",
    resource: "endpointslices.discovery.k8s.io",
    path: "/apis/discovery.k8s.io/v1/endpointslices",
    isMetadataOnly: false,
    ifMissing: "connections of host processes have no DNS names, and Services appear separately from their workloads",
  },
  {
    kind: "Pod",
    resource: "pods",
    path: "/api/v1/pods",
    isMetadataOnly: false,
    ifMissing: "workloads have no names",
  },
];

const AGENT_SELECTOR = `${AGENT_LABEL}=wirespan`;

/** The same kinds, but only the pods of one node, and the agents of all nodes. */
export function kindsWatchedOnNode(node: string): WatchedKind[] {
  return WATCHED_KINDS.flatMap((watched) => {
    if (watched.kind !== "Pod") return [watched];
    return [
      { ...watched, selection: { name: "pods of this node", query: { fieldSelector: `spec.nodeName=${node}` } } },
      { ...watched, selection: { name: "agents", query: { labelSelector: AGENT_SELECTOR } } },
    ];
  });
}
