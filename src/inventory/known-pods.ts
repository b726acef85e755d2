import { isDeepStrictEqual } from "node:util";
import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

const MAX_DELETED_PODS = 1_024;

/** Pods by their uid. */
export class KnownPods {
  readonly #pods = new Map<string, PodRecord>();
  /** Deleted pods: an attempt is decided minutes after its first packet. */
  readonly #deleted = new GenerationalCache<string, PodRecord>(MAX_DELETED_PODS);

  /** Pods that exist, by the updates so far. */
  all(): Iterable<PodRecord> {
    return this.#pods.values();
  }

  /** The last records of pods that were deleted recently, the newest last. */
  deleted(): Iterable<PodRecord> {
    return this.#deleted.values();
  }

  /** A pod that exists, or existed recently. */
  withUid(uid: string): PodRecord | undefined {
    return this.#pods.get(uid) ?? this.#deleted.get(uid);
  }

  /** Returns its record before the update; undefined for a new pod. */
  put(pod: PodRecord): PodRecord | undefined {
    const old = this.#pods.get(pod.uid);
    this.#pods.set(pod.uid, pod);
    return old;
  }

  /** Takes an update that changes nothing but whether the pod is ready; false for any other. Names do not depend on it. */
  putReadiness(pod: PodRecord): boolean {
    const old = this.#pods.get(pod.uid);
    if (old === undefined || old.isReady === pod.isReady) return false;
    if (!isDeepStrictEqual({ ...old, isReady: pod.isReady }, pod)) return false;
    this.#pods.set(pod.uid, pod);
    return true;
  }

  /** Returns its last record; undefined for an unknown pod. */
  remove(pod: PodRecord): PodRecord | undefined {
    const old = this.#pods.get(pod.uid);
    this.#deleted.set(pod.uid, old ?? pod);
    this.#pods.delete(pod.uid);
    return old;
  }
}
