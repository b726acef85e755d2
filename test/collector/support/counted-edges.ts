import type { Sample } from "./prometheus-text.ts";

/** One edge of the service graph metrics, both of its `failed` series together. */
export interface CountedEdge {
  readonly client: string;
  readonly clientNamespace: string;
  readonly server: string;
  readonly serverNamespace: string;
  readonly requests: number;
  readonly failed: number;
}

/** Edges of `traces_service_graph_request_total` and `…_failed_total`, sorted by their names. */
export function countedEdges(samples: readonly Sample[]): CountedEdge[] {
  const edges = new Map<string, { -readonly [K in keyof CountedEdge]: CountedEdge[K] }>();
  for (const { name, labels, value } of samples) {
    if (name !== "traces_service_graph_request_total" && name !== "traces_service_graph_request_failed_total") continue;
    const client = labels.client ?? "";
    const server = labels.server ?? "";
    const clientNamespace = labels.client_service_namespace ?? "";
    const serverNamespace = labels.server_service_namespace ?? "";
    const key = JSON.stringify([clientNamespace, client, serverNamespace, server, labels.connection_type]);
    const edge = edges.get(key) ?? { client, clientNamespace, server, serverNamespace, requests: 0, failed: 0 };
    edges.set(key, edge);
    if (name === "traces_service_graph_request_total") edge.requests += value;
    else edge.failed += value;
  }
  return [...edges.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}
