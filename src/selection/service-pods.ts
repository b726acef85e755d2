import type { GraphNode } from "../model/service-graph.ts";
import { mayMatch } from "./matches.ts";
import { newestDescription } from "./newest-description.ts";

/** Whether the Service selects pods of the workload, or may select some. */
export function mayLeadTo({ namespace, service }: GraphNode, workload: GraphNode): boolean {
  const selector = service?.selector ?? null;
  const description = newestDescription(workload);
  return (
    workload.type === "workload" &&
    workload.namespace === namespace &&
    selector !== null &&
    description !== undefined &&
    Object.keys(selector).length > 0 &&
    mayMatch(selector, description)
  );
}
