import type { ClusterRecord, KubernetesObject } from "./kubernetes-objects.ts";

/** A change of one object of the cluster, as a watch tells it. `T` is what is kept of the object. */
export interface WatchEvent<T> {
  /** When the news arrived; of what had gone by the time of a new list, when it was known to be there last. */
  readonly timeMicros: number;
  /** Of what had gone by the time of a new list: when that was, for it may have been there until then. */
  readonly untilMicros?: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

/** A watch event with its object as the API server sends it, whole or in part. */
export type ClusterEvent = WatchEvent<KubernetesObject>;

/** A watch event with its object trimmed to what the index keeps. */
export type ClusterUpdate = WatchEvent<ClusterRecord>;
