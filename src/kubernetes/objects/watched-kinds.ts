import type { ClusterRecord } from "./kubernetes-objects.ts";

/** Objects of one kind that are watched; no other right is needed than get, list and watch on the kind. */
export interface WatchedKind {
  readonly kind: ClusterRecord["kind"];
  /** As RBAC and people name it. */
  readonly resource: string;
  /** Which of them, where not all are watched. */
  readonly part?: { readonly name: string; readonly query: Readonly<Record<string, string>> };
  readonly path: string;
  /** Of these only the owner counts: the server sends metadata alone, a fraction of the object. */
  readonly isMetadataOnly: boolean;
  /** What is worse without them. */
  readonly without: string;
}

/** All that the cluster index is made of, in the order in which it is asked for. */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  {
    kind: "Node",
    resource: "nodes",
    path: "/api/v1/nodes",
    isMetadataOnly: false,
    without: "the nodes' own connections and the kubelets' probes are drawn as external or unresolved",
  },
  {
    kind: "ReplicaSet",
    resource: "replicasets.apps",
    path: "/apis/apps/v1/replicasets",
    isMetadataOnly: true,
    without: "owners above a ReplicaSet that are no Deployments are not known",
  },
  {
    kind: "Job",
    resource: "jobs.batch",
    path: "/apis/batch/v1/jobs",
    isMetadataOnly: true,
    without: "each run of a CronJob is a workload of its own",
  },
  {
    kind: "Service",
    resource: "services",
    path: "/api/v1/services",
    isMetadataOnly: false,
    without: "Services without endpoints are drawn as external",
  },
  {
    kind: "EndpointSlice",
    resource: "endpointslices.discovery.k8s.io",
    path: "/apis/discovery.k8s.io/v1/endpointslices",
    isMetadataOnly: false,
    without:
      "names that host processes asked for are not found, and a Service with one workload is drawn apart from it",
  },
  {
    kind: "Pod",
    resource: "pods",
    path: "/api/v1/pods",
    isMetadataOnly: false,
    without: "no workload has a name",
  },
];

/** Label of the agents' pods. */
const AGENTS = "app.kubernetes.io/name=wirespan";

/** The same, but of the pods only those of one node, and the agents of all. */
export function watchedOnNode(node: string): WatchedKind[] {
  return WATCHED_KINDS.flatMap((watched) => {
    if (watched.kind !== "Pod") return [watched];
    return [
      { ...watched, part: { name: "pods of this node", query: { fieldSelector: `spec.nodeName=${node}` } } },
      { ...watched, part: { name: "agents", query: { labelSelector: AGENTS } } },
    ];
  });
}
