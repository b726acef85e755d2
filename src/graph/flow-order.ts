import type { Flow } from "../model/service-graph.ts";
import { compareNullable } from "./order.ts";

/** What interactions of one flow have in common. */
type FlowKey = Pick<Flow, "dialledPort" | "servedPort" | "service" | "name">;

/** The order of flows in an edge. */
export function compareFlows(a: FlowKey, b: FlowKey): number {
  return (
    compareNullable(a.dialledPort, b.dialledPort) ||
    compareNullable(a.servedPort, b.servedPort) ||
    compareNullable(a.service, b.service) ||
    compareNullable(a.name, b.name)
  );
}
