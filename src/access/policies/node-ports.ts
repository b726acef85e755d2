import type { GraphEdge } from "../../model/service-graph.ts";
import type { PolicyContext } from "./policy-context.ts";

/**
 * What to mind where pods dialed a node port with success: packets go to a node's address, and reach the server with one, so
 * no selector of pods covers them. `what` completes "through node port 30080: …".
 */
export function nodePortRemarks(edge: GraphEdge, context: PolicyContext, what: string): readonly string[] {
  const nodePorts = new Set(
    context.servicesOf(edge).flatMap(({ ports }) => ports.flatMap(({ nodePort }) => nodePort ?? [])),
  );
  const dialled = edge.flows
    .filter(({ count, failed }) => count > failed)
    .flatMap(({ dialledPort }) => (dialledPort !== null && nodePorts.has(dialledPort) ? dialledPort : []));
  const ports = [...new Set(dialled)].sort((a, b) => a - b);
  return ports.length === 0 ? [] : [`through node port ${ports.join(", ")}: ${what}`];
}
