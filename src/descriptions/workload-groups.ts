import { toGraphNode } from "../graph/graph-nodes.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { OwnerSpecRecord, PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { Workload } from "../model/interaction.ts";
import type { GraphNode } from "../model/service-graph.ts";

/** The owners and pods that are one node of the graph, because their service names are equal. */
export interface WorkloadGroup {
  readonly node: GraphNode;
  readonly pods: readonly PodRecord[];
  /** Of a workload without pods: what its deleted pods declared, of a finished Job for example. */
  readonly deletedPods: readonly PodDescription[];
  /** By `kind/name`. */
  readonly owners: ReadonlyMap<string, WorkloadOwner>;
}

/** What a pod says about its workload. */
export type PodDescription = Pick<PodRecord, "template" | "ownSpans">;

interface WorkloadOwner {
  readonly kind: string;
  readonly name: string;
  /** Null if no cluster file has it. */
  readonly spec: OwnerSpecRecord | null;
}

interface GrowingGroup {
  node: GraphNode;
  readonly pods: PodRecord[];
  readonly deletedPods: PodDescription[];
  readonly owners: Map<string, WorkloadOwner>;
}

/** Workloads are nodes of the same name however ends are merged. */
const MERGING = { keepNodes: false, singleUnresolved: true };

/** Whether it has pods, or an owner in a cluster file. */
export function isCurrent({ pods, owners }: WorkloadGroup): boolean {
  return pods.length > 0 || [...owners.values()].some(({ spec }) => spec !== null);
}

/** All workloads that have, or had recently, pods, or have an owner in a cluster file, by the id of their node. */
export function workloadGroups(index: ClusterIndex): ReadonlyMap<string, WorkloadGroup> {
  const groups = new Map<string, GrowingGroup>();
  const add = (workload: Workload): GrowingGroup => {
    const { namespace, kind, name } = workload;
    const node = toGraphNode(workload, MERGING);
    const group = groups.get(node.id) ?? { node, pods: [], deletedPods: [], owners: new Map<string, WorkloadOwner>() };
    groups.set(node.id, group);
    // As in a graph of interactions.
    if ((node.kind ?? "") < (group.node.kind ?? "")) group.node = node;
    const key = `${kind}/${name}`;
    if (!group.owners.has(key))
      group.owners.set(key, { kind, name, spec: index.ownerSpecs.named(kind, namespace, name) });
    return group;
  };
  for (const pod of index.pods.all()) add(index.workloadOf(pod)).pods.push(pod);
  for (const spec of index.ownerSpecs.all()) add(workloadOfSpec(spec));
  for (const { workload, templates } of index.endedWorkloads.all()) {
    const known = groups.get(toGraphNode(workload, MERGING).id);
    if (known !== undefined && known.pods.length > 0) continue;
    const { ownSpans } = workload;
    add(workload).deletedPods.push(...templates.map((template) => ({ template, ownSpans })));
  }
  return groups;
}

/** The workload that the pods of an owner would have. */
function workloadOfSpec(spec: OwnerSpecRecord): Workload {
  const { namespace, name, ownerKind, ownSpans } = spec;
  return {
    type: "workload",
    namespace,
    name,
    kind: ownerKind,
    serviceName: spec.serviceName ?? name,
    serviceNamespace: spec.serviceNamespace ?? namespace,
    ownSpans,
  };
}
