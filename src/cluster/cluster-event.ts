import type { KubernetesObject } from "./kubernetes-objects.ts";

/** A watch event, as the API server sends it, with the time of its arrival. */
export interface ClusterEvent {
  readonly timeMicros: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubernetesObject;
}
