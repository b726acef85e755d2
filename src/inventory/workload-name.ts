import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import type { OwnerRecord, PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { Workload } from "../model/interaction.ts";

/** Distinct workloads whose `Workload` is shared between interactions. */
const MAX_WORKLOADS = 16_384;

const MAX_GONE_OWNERS = 4_096;
/** Pods that own each other in a chain, or in a ring. */
const MAX_DEPTH = 4;

/**
 * The workload that a pod belongs to. The walk goes by `controller: true` and reads ReplicaSet, Job and Pod only; above
 * them the owner reference names the parent (Deployment, Rollout, CronJob, a custom kind) and the walk ends.
 */
export class WorkloadNames {
  readonly #owners = new Map<string, OwnerRecord>();
  /** Owners that are gone: their pods end after them, and keep their names. */
  readonly #goneOwners = new TwoGenerationMap<string, OwnerRecord>(MAX_GONE_OWNERS);
  readonly #shared = new TwoGenerationMap<string, Workload>(MAX_WORKLOADS);
  readonly #podNamed: (uid: string) => PodRecord | undefined;
  #byPod = new WeakMap<PodRecord, Workload>();

  /** `podNamed` finds a pod by its uid: some start others, as a driver its executors. */
  constructor(podNamed: (uid: string) => PodRecord | undefined) {
    this.#podNamed = podNamed;
  }

  update(owner: OwnerRecord): void {
    this.#owners.set(owner.uid, owner);
    // Its pods may have been named before it was known.
    this.#byPod = new WeakMap();
  }

  remove(uid: string): void {
    const owner = this.#owners.get(uid);
    if (owner !== undefined) this.#goneOwners.set(uid, owner);
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
    // A static pod belongs to its node, whose name it carries as a suffix.
    if (owner.kind === "Node") {
      const suffix = `-${owner.name}`;
      return { kind: "Pod", name: pod.name.endsWith(suffix) ? pod.name.slice(0, -suffix.length) : pod.name };
    }
    if (owner.kind === "Pod" && depth < MAX_DEPTH) {
      const starter = this.#podNamed(owner.uid);
      return starter === undefined ? owner : this.#ownerOf(starter, depth + 1);
    }
    if (owner.kind !== "ReplicaSet" && owner.kind !== "Job") return owner;
    const record = this.#owners.get(owner.uid) ?? this.#goneOwners.get(owner.uid);
    if (record !== undefined) return record.owner ?? owner;
    // Where the ReplicaSet is not known (yet), the hash that its controller adds tells the name all the same.
    const maker = pod.replicaSetMaker;
    return maker === null ? owner : { kind: maker, name: owner.name.slice(0, owner.name.lastIndexOf("-")) };
  }
}

/** Whether two are one workload, though some of its pods may send spans of their own already and others not yet. */
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
