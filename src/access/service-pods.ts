import { newestDescription } from "../answers/pods-of.ts";
import type { GraphNode } from "../model/service-graph.ts";
import { matches } from "./matches.ts";

/** Whether the Service selects pods of the workload. */
export function mayLeadTo({ namespace, service }: GraphNode, workload: GraphNode): boolean {
  const selector = service?.selector ?? null;
  const labels = newestDescription(workload)?.labels;
  return (
    workload.type === "workload" &&
    workload.namespace === namespace &&
    selector !== null &&
    labels !== undefined &&
    Object.keys(selector).length > 0 &&
    matches(selector, labels)
  );
}
