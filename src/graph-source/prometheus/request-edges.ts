import { compareText } from "../../graph/order.ts";
import type { GraphNode } from "../../model/service-graph.ts";
import type { RequestCounters } from "./request-counters.ts";
import type { Producer } from "./request-labels.ts";
import { FAILED, TOTAL } from "./request-selector.ts";

/** What one producer counted of one edge. Times in seconds since the Unix epoch. */
export interface RequestEdge {
  readonly client: GraphNode;
  readonly server: GraphNode;
  readonly producer: Producer;
  total: number;
  failed: number;
  firstSeconds: number;
  lastSeconds: number;
}

export interface RequestEdges {
  /** Sorted by client, then server. */
  readonly edges: readonly RequestEdge[];
  /** Edges that both producers count. */
  readonly countedTwice: number;
}

/**
 * The edges with requests in the range. If a Collector and Tempo both count an edge, the one with more requests is used,
 * since each may have lost some and none counts one twice; the Collector if they agree.
 */
export function requestEdges(counters: RequestCounters): RequestEdges {
  const edges = new Map<string, Map<Producer, RequestEdge>>();
  for (const { labels, counter } of counters.counters()) {
    const { client, server, producer, name } = labels;
    if (counter.increase === 0 || (name !== TOTAL && name !== FAILED)) continue;
    const key = edgeKey(client.id, server.id);
    const of = edges.get(key) ?? new Map<Producer, RequestEdge>();
    edges.set(key, of);
    const edge = of.get(producer) ?? newEdge(client, server, producer);
    of.set(producer, edge);
    if (name === TOTAL) edge.total += counter.increase;
    else edge.failed += counter.increase;
    edge.firstSeconds = Math.min(edge.firstSeconds, counter.firstSeconds);
    edge.lastSeconds = Math.max(edge.lastSeconds, counter.lastSeconds);
  }
  const used = [...edges.values()]
    .map(larger)
    .sort((a, b) => compareText(a.client.id, b.client.id) || compareText(a.server.id, b.server.id));
  return {
    edges: used.filter(({ total }) => Math.round(total) > 0),
    countedTwice: [...edges.values()].filter((of) => of.size > 1).length,
  };
}

/** No name has a line break. */
export function edgeKey(client: string, server: string): string {
  return `${client}\n${server}`;
}

function newEdge(client: GraphNode, server: GraphNode, producer: Producer): RequestEdge {
  return {
    client,
    server,
    producer,
    total: 0,
    failed: 0,
    firstSeconds: Number.POSITIVE_INFINITY,
    lastSeconds: Number.NEGATIVE_INFINITY,
  };
}

function larger(of: ReadonlyMap<Producer, RequestEdge>): RequestEdge {
  const [collector, tempo] = [of.get("collector"), of.get("tempo")];
  if (collector === undefined || tempo === undefined) return (collector ?? tempo) as RequestEdge;
  return Math.round(tempo.total) > Math.round(collector.total) ? tempo : collector;
}
