import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { OwnerRecord, PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { Workload } from "../model/interaction.ts";

const MAX_SHARED_WORKLOADS = 16_384;
const MAX_DELETED_OWNERS = 4_096;
/** Ends the walk where pods own each other in a long chain or a cycle. */
const MAX_DEPTH = 4;

/**
 * The workload that a pod belongs to. The walk follows `controller: true` and reads ReplicaSets, Jobs and Pods only; the
 * owner reference of these names the parent (Deployment, Rollout, CronJob, a custom kind), where the walk ends.
 */
export class WorkloadNames {
  readonly #owners = new Map<string, OwnerRecord>();
  /** Pods outlive a deleted owner and keep its name. */
  readonly #deletedOwners = new GenerationalCache<string, OwnerRecord>(MAX_DELETED_OWNERS);
  /** Shares equal workloads as one object, to save memory. */
  readonly #shared = new GenerationalCache<string, Workload>(MAX_SHARED_WORKLOADS);
  readonly #podByUid: (uid: string) => PodRecord | undefined;
  #byPod = new WeakMap<PodRecord, Workload>();

  /** `podByUid` finds pods that own pods, as a Spark driver owns its executors. */
  constructor(podByUid: (uid: string) => PodRecord | undefined) {
    this.#podByUid = podByUid;
  }

  update(owner: OwnerRecord): void {
    this.#owners.set(owner.uid, owner);
    // Pods of this owner may have been named without it.
    this.#byPod = new WeakMap();
  }

  remove(uid: string): void {
    const owner = this.#owners.get(uid);
    if (owner !== undefined) this.#deletedOwners.set(uid, owner);
    this.#owners.delete(uid);
  }

  of(pod: PodRecord): Workload {
    const known = this.#byPod.get(pod);
    if (known !== undefined) return known;
    const { kind, name } = this.#ownerOf(pod);
    const serviceName = pod.serviceName ?? name;
    const serviceNamespace = pod.serviceNamespace ?? pod.namespace;
    const { ownSpans } = pod;
    const key = [pod.namespace, kind, name, serviceName, serviceNamespace, ownSpans].join("\n");
    let workload = this.#shared.get(key);
    if (workload === undefined) {
      workload = { type: "workload", namespace: pod.namespace, name, kind, serviceName, serviceNamespace, ownSpans };
      this.#shared.set(key, workload);
    }
    this.#byPod.set(pod, workload);
    return workload;
  }

  #ownerOf(pod: PodRecord, depth = 0): { readonly kind: string; readonly name: string } {
    const owner = pod.owner;
    if (owner === null) return { kind: "Pod", name: pod.name };
    // The kubelet appends the node's name to the name of a static pod.
    if (owner.kind === "Node") {
      const suffix = `-${owner.name}`;
      return { kind: "Pod", name: pod.name.endsWith(suffix) ? pod.name.slice(0, -suffix.length) : pod.name };
    }
    if (owner.kind === "Pod" && depth < MAX_DEPTH) {
      const parent = this.#podByUid(owner.uid);
      return parent === undefined ? owner : this.#ownerOf(parent, depth + 1);
    }
    if (owner.kind !== "ReplicaSet" && owner.kind !== "Job") return owner;
    const record = this.#owners.get(owner.uid) ?? this.#deletedOwners.get(owner.uid);
    if (record !== undefined) return record.owner ?? owner;
    // Without the ReplicaSet, the pod-template hash at the end of its name still gives the Deployment's name.
    const kind = pod.replicaSetOwnerKind;
    return kind === null ? owner : { kind, name: owner.name.slice(0, owner.name.lastIndexOf("-")) };
  }
}

/** Compares workloads without `ownSpans`, which may differ between pods of one workload during a rollout. */
export function isSameWorkload(a: Workload, b: Workload): boolean {
  return (
    a === b ||
    (a.namespace === b.namespace &&
      a.kind === b.kind &&
      a.name === b.name &&
      a.serviceName === b.serviceName &&
      a.serviceNamespace === b.serviceNamespace)
  );
}
