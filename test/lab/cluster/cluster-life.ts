import { type LabCluster, type LabPod, workloadKey } from "./cluster-plan.ts";
import { type KubernetesObject, nodeObject, workloadObjects } from "./kubernetes-objects.ts";
import { type PodPhase, podObject } from "./kubernetes-pods.ts";
import { endpointSliceObjects, serviceObject } from "./kubernetes-services.ts";
import type { Random } from "./random.ts";

/** One line of the watch log. */
export interface WatchEvent {
  /** Seconds since the Unix epoch. */
  readonly t: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubernetesObject;
}

/** Something that happens to the cluster while traffic runs. */
export interface ClusterChange {
  /** Seconds since traffic began. */
  readonly at: number;
  readonly pod: LabPod;
  readonly what: "starts" | "created" | "known" | "ends";
}

/**
 * Time from the last packet of a pod to the update of its end, and to the first packet of its successor. On a busy
 * machine programs send later than planned: with less time, a pod would send after its end.
 */
const END_UPDATE_SECONDS = 0.4;
const SUCCESSOR_SECONDS = 0.75;
/** Time from the first packet of a pod to the update with its address. Agents wait for 3 s: the rest is for a busy machine. */
const FIRST_UPDATE_SECONDS = 0.3;
const LAST_UPDATE_SECONDS = 1.6;

/** Time of the first packet of a late pod, in seconds since the start of the traffic. */
export const startsAt = (pod: LabPod, seconds: number): number =>
  pod.from === 0 ? 0 : pod.from * seconds + SUCCESSOR_SECONDS;

/** Time of the last packet of a pod that ends. */
export const endsAt = (pod: LabPod, seconds: number): number => pod.to * seconds;

/** Changes of pods during the traffic, in order of time. A pod sends before the API has its address. */
export function clusterChanges(
  cluster: LabCluster,
  seconds: number,
  random: Random,
  lastUpdateSeconds = LAST_UPDATE_SECONDS,
): ClusterChange[] {
  const changes = cluster.pods.flatMap((pod): ClusterChange[] => {
    const list: ClusterChange[] = [];
    if (pod.from > 0) {
      const at = startsAt(pod, seconds);
      const delay = FIRST_UPDATE_SECONDS + random.next() * (lastUpdateSeconds - FIRST_UPDATE_SECONDS);
      list.push({ at: at - 0.15, pod, what: "created" }, { at: at - 0.1, pod, what: "starts" });
      list.push({ at: at + delay, pod, what: "known" });
    }
    if (pod.end !== null) list.push({ at: endsAt(pod, seconds) + END_UPDATE_SECONDS, pod, what: "ends" });
    return list;
  });
  return changes.sort((a, b) => a.at - b.at);
}

/** The changing cluster as its API server reports it. */
export class ClusterHistory {
  readonly #cluster: LabCluster;
  readonly #createdAt = new Map<LabPod, number>();
  readonly #objects = new Map<string, KubernetesObject>();

  /** @param t creation time of the initial objects, in seconds since the Unix epoch. */
  constructor(cluster: LabCluster, t: number) {
    this.#cluster = cluster;
    for (const pod of cluster.pods.filter(({ from }) => from === 0)) this.#createdAt.set(pod, t);
    const pods = [...this.#createdAt.keys()].map((pod) => podObject(pod, "running", t, t));
    for (const object of [
      ...cluster.nodes.map(nodeObject),
      ...pods,
      ...workloadObjects(cluster),
      ...cluster.services.map((service) => serviceObject(cluster, service)),
      ...cluster.services.flatMap((service) => endpointSliceObjects(cluster, service, 0)),
    ]) {
      this.#objects.set(objectKey(object), object);
    }
  }

  /** All current objects, as a `kubectl get … -o json` list. */
  list(): { apiVersion: "v1"; kind: "List"; items: KubernetesObject[] } {
    return { apiVersion: "v1", kind: "List", items: [...this.#objects.values()] };
  }

  /** Watch events of the API for a change at `t`. */
  apply({ pod, what }: ClusterChange, t: number): WatchEvent[] {
    switch (what) {
      case "starts":
        return [];
      case "created":
        this.#createdAt.set(pod, t);
        return [this.#put("ADDED", podObject(pod, "pending", t, t), t)];
      case "known":
        return [this.#put("MODIFIED", this.#podAt(pod, "running", t), t), ...this.#slices(pod, pod.from, t)];
      case "ends": {
        const object = this.#podAt(pod, pod.end ?? "deleted", t);
        const event = this.#put(pod.end === "completed" ? "MODIFIED" : "DELETED", object, t);
        return [event, ...this.#slices(pod, pod.to, t)];
      }
    }
  }

  #podAt(pod: LabPod, phase: PodPhase, t: number): KubernetesObject {
    return podObject(pod, phase, this.#createdAt.get(pod) ?? t, t);
  }

  #put(type: WatchEvent["type"], object: KubernetesObject, t: number): WatchEvent {
    if (type === "DELETED") this.#objects.delete(objectKey(object));
    else this.#objects.set(objectKey(object), object);
    return { t, type, object };
  }

  #slices(pod: LabPod, at: number, t: number): WatchEvent[] {
    return this.#cluster.services
      .filter(({ workloads }) => workloads.includes(workloadKey(pod.workload)))
      .flatMap((service) => endpointSliceObjects(this.#cluster, service, at))
      .map((slice) => this.#put("MODIFIED", slice, t));
  }
}

/** Names an object among all others. */
export const objectKey = ({ kind, metadata }: KubernetesObject): string =>
  `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
