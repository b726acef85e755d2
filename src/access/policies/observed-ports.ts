import type { GraphEdge } from "../../model/service-graph.ts";

/** Ports at which the server accepted connections, sorted: the ports of its pods, not of a Service. */
export function servedPorts({ flows, servedPorts: ports, outcomes }: GraphEdge): readonly number[] {
  if (outcomes.established === 0) return [];
  const working = flows.filter(({ count, failed }) => count > failed).flatMap(({ servedPort }) => servedPort ?? []);
  return sortedPorts(working.length > 0 ? working : ports);
}

/** Ports that clients dialed with success, sorted: those of a Service, or of the server. */
export function dialledPorts({ flows, dialledPorts: ports, outcomes }: GraphEdge): readonly number[] {
  if (outcomes.established === 0) return [];
  const working = flows.filter(({ count, failed }) => count > failed).flatMap(({ dialledPort }) => dialledPort ?? []);
  return sortedPorts(working.length > 0 ? working : ports);
}

export function sortedPorts(ports: readonly number[]): readonly number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
