import type { GraphEdge, GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { jsonText } from "../text/visible-text.ts";

/** Lists the keys, so that new fields of the model do not change the stable format. */
function nodeFields({ id, type, namespace, name, kind, isMissing }: GraphNode): object {
  return { id, type, namespace, name, kind, ...(isMissing === true ? { isMissing } : {}) };
}

/** Times in seconds, exact to the microsecond; handshake quantiles in milliseconds. */
function edgeFields(edge: GraphEdge): object {
  return {
    client: edge.client,
    server: edge.server,
    outcomes: edge.outcomes,
    dialledPorts: edge.dialledPorts,
    servedPorts: edge.servedPorts,
    ...(edge.failedPorts.length === 0 || edge.dialledPorts.length < 2
      ? {}
      : { failedPorts: edge.failedPorts.map(({ port, outcome, count }) => ({ port, outcome, count })) }),
    names: edge.names,
    firstSeen: Math.round(edge.firstSeenMicros) / 1e6,
    lastSeen: Math.round(edge.lastSeenMicros) / 1e6,
    evidence: edge.evidence,
    handshakeMs: edge.handshake && {
      p50: edge.handshake.p50,
      p90: edge.handshake.p90,
      p99: edge.handshake.p99,
    },
    bothInstrumented: edge.bothInstrumented,
  };
}

function list(name: string, items: readonly object[]): string {
  if (items.length === 0) return `"${name}":[]`;
  return `"${name}":[\n${items.map(jsonText).join(",\n")}\n]`;
}

/** The graph as versioned JSON, one node or edge per line, so that a diff shows edges. Equal graphs give equal bytes. */
export function graphJson(graph: ServiceGraph): string {
  const nodes = list("nodes", graph.nodes.map(nodeFields));
  const edges = list("edges", graph.edges.map(edgeFields));
  return `{"wirespan":"graph","version":1,\n${nodes},\n${edges}}\n`;
}
