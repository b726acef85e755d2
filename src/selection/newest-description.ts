import type { GraphNode, WorkloadDescription } from "../model/service-graph.ts";

/** The newest description of a workload; undefined if nothing is known. */
export function newestDescription({ workload = [] }: GraphNode): WorkloadDescription | undefined {
  return workload.reduce<WorkloadDescription | undefined>(
    (newest, one) => (newest === undefined || one.atMicros > newest.atMicros ? one : newest),
    undefined,
  );
}
