import { isDeepStrictEqual } from "node:util";
import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import { ENDED_MICROS } from "../model/waiting-times.ts";

/** In each of two generations. */
const MAX_DELETED_PODS = 1_024;

/**
 * Pods by their uid: those that exist, and those that were deleted in the last minutes. What others keep of a pod they
 * forget with it, so that memory does not grow with the pods that come and go.
 */
export class KnownPods {
  readonly #pods = new Map<string, PodRecord>();
  readonly #listeners: ((pod: PodRecord) => void)[] = [];
  /** An attempt is decided minutes after its first packet. */
  readonly #deleted = new GenerationalCache<string, PodRecord>(MAX_DELETED_PODS, {
    maxAgeMicros: ENDED_MICROS,
    onEvict: (pod) => {
      for (const forget of this.#listeners) forget(pod);
    },
  });

  /** `forget` is called with the last record of each deleted pod that is not known any more. */
  onForgotten(forget: (pod: PodRecord) => void): void {
    this.#listeners.push(forget);
  }

  /** Pods that exist, by the updates so far. */
  all(): Iterable<PodRecord> {
    return this.#pods.values();
  }

  /** A pod that exists, or existed recently. */
  withUid(uid: string): PodRecord | undefined {
    return this.#pods.get(uid) ?? this.#deleted.get(uid);
  }

  /** Returns its record before the update; undefined for a new pod. */
  put(pod: PodRecord): PodRecord | undefined {
    const old = this.#pods.get(pod.uid);
    // One that only had no endpoints for a while, where endpoints are all that is known of it.
    if (old === undefined) this.#deleted.delete(pod.uid);
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

  /** The pod was deleted by that time. Returns its last record; undefined for an unknown pod. */
  remove(pod: PodRecord, timeMicros: number): PodRecord | undefined {
    const old = this.#pods.get(pod.uid);
    this.#deleted.advance(timeMicros);
    this.#deleted.set(pod.uid, old ?? pod);
    this.#pods.delete(pod.uid);
    return old;
  }
}
