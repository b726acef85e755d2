import { edgeOf, outcomeCounts } from "../../graph/edge-sums.ts";
import { compareText } from "../../graph/order.ts";
import type { EdgePart, GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { countText } from "../../text/number-text.ts";
import { type EdgeHistograms, histogramKey } from "./read-latency.ts";
import type { RequestCounters } from "./request-counters.ts";
import type { RequestEdge } from "./request-edges.ts";
import { quantilesOf } from "./request-latency.ts";
import type { TimeSpan } from "./sample-pages.ts";

interface RequestGraphOptions {
  readonly instance: string;
  readonly range: TimeSpan;
  readonly counters: RequestCounters;
  /** Null if it could not be read. */
  readonly latency: EdgeHistograms | null;
}

/** The graph of these edges. */
export function graphOfRequests(
  edges: readonly RequestEdge[],
  { instance, range, counters, latency }: RequestGraphOptions,
): ServiceGraph {
  const nodes = new Map<string, GraphNode>();
  for (const { client, server } of edges) {
    for (const node of [client, server]) {
      // Two owners with one name: the same rule as for interactions.
      const known = nodes.get(node.id);
      if (known === undefined || (node.kind ?? "") < (known.kind ?? "")) nodes.set(node.id, node);
    }
  }
  const { clusters } = counters;
  const [cluster] = clusters;
  return {
    cluster: clusters.size === 1 && cluster !== undefined ? cluster : null,
    incomplete: problems(counters, latency).sort(),
    observed: [
      {
        instance,
        node: null,
        // Nothing is known of the time before the first sample.
        fromMicros: micros(Math.max(range.from, Math.min(range.to, counters.firstSampleSeconds))),
        toMicros: micros(range.to),
        lossRatio: null,
      },
    ],
    nodes: [...nodes.values()].sort((a, b) => compareText(a.id, b.id)),
    edges: edges.map((edge) => graphEdge(edge, instance, latency)),
  };
}

function problems(counters: RequestCounters, latency: EdgeHistograms | null): string[] {
  const found: string[] = [];
  if (latency === null) found.push("the latency is missing: Prometheus refuses queries for so many histograms");
  if (counters.dropped > 0) {
    found.push(`${countText(counters.dropped, "series")} beyond the maximum of ${counters.size} were not read`);
  }
  if (counters.isShared) {
    found.push(
      "counters fall again and again, so several Collectors write the same series: set a label of its own on each",
    );
  }
  if (counters.clusters.size > 1) {
    found.push(`the metrics are of ${counters.clusters.size} clusters; select one with --prometheus-match`);
  }
  return found;
}

function graphEdge(edge: RequestEdge, instance: string, latency: EdgeHistograms | null): GraphEdge {
  const { client, server, producer } = edge;
  const total = Math.round(edge.total);
  const failed = Math.min(total, Math.round(edge.failed));
  const histogram = latency?.get(histogramKey(producer, client.id, server.id));
  const part: EdgePart = {
    instance,
    outcomes: outcomeCounts((outcome) => (outcome === "established" ? total - failed : 0), failed),
    dialledPorts: [],
    servedPorts: [],
    failedPorts: [],
    names: [],
    flows: [],
    flowsOmitted: total,
    addresses: [],
    addressesOmitted: 0,
    clientRules: [],
    serverRules: [],
    firstSeenMicros: micros(edge.firstSeconds),
    lastSeenMicros: micros(edge.lastSeconds),
    evidence: [],
    handshake: histogram === undefined ? null : quantilesOf(histogram),
    bothInstrumented: 0,
    latency: null,
  };
  return edgeOf(client.id, server.id, [part]);
}

function micros(seconds: number): number {
  return Math.round(seconds * 1e6);
}
