import type { GraphEdge, Observation } from "../model/service-graph.ts";

/** The figures of an edge, with the names of the graph file; times in seconds. */
export function edgeFigures(edge: GraphEdge): object {
  return {
    outcomes: edge.outcomes,
    dialledPorts: edge.dialledPorts,
    servedPorts: edge.servedPorts,
    names: edge.names,
    firstSeen: edge.firstSeenMicros / 1e6,
    lastSeen: edge.lastSeenMicros / 1e6,
    evidence: edge.evidence,
    handshakeMs: edge.handshake,
  };
}

/** What an agent or a recording covers, with the names of the graph file; times in seconds. */
export function observationFields({ instance, node, fromMicros, toMicros, lossRatio }: Observation): object {
  return { instance, node, from: fromMicros / 1e6, to: toMicros / 1e6, lossRatio };
}
