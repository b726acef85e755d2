import type { Labels } from "../model/service-graph.ts";

/** Whether labels have everything that a selector asks for. */
export function matches(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
