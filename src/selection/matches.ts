import type { Labels, WorkloadDescription } from "../model/service-graph.ts";

/** Whether labels have everything that a selector asks for. */
export function matches(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Whether a workload may have pods with everything that a selector asks for, if not all of its pods have it. */
export function mayMatch(
  selector: Labels,
  { labels, differingLabels }: Pick<WorkloadDescription, "labels" | "differingLabels">,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value || differingLabels.includes(key));
}
