import type { ClusterRecord, KubernetesObject } from "./kubernetes-objects.ts";

/** A change of one object of the cluster, as a watch delivers it. `T` is the kept part of the object. */
export interface WatchEvent<T> {
  /** When the event arrived; of a deletion found by a relist, when the object was last known to exist. */
  readonly timeMicros: number;
  /** Of a deletion found by a relist: the time of that list. The object was deleted between the two. */
  readonly untilMicros?: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

/** A watch event with its object as the API server sends it, in whole or in part. */
export type ClusterEvent = WatchEvent<KubernetesObject>;

/** A watch event with its object trimmed to the record that the cluster index keeps. */
export type ClusterUpdate = WatchEvent<ClusterRecord>;
