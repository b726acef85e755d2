import type { EndRule } from "../../model/interaction.ts";
import type { GraphEdge, GraphNode, NameRule, Observation, ServiceGraph } from "../../model/service-graph.ts";
import { connectionCount, lookupCount } from "../../render/labels/edge-figures.ts";
import { serviceWays } from "../../selection/service-ways.ts";
import { countText } from "../../text/number-text.ts";

/** One agent, or recording, that saw the edge. */
export interface Witness {
  readonly observation: Observation | null;
  readonly instance: string;
  /** Interactions that it reported. */
  readonly count: number;
}

/** Why the graph has an edge, or what is known where it has none. */
export interface Explanation {
  readonly client: GraphNode;
  readonly server: GraphNode;
  /** Null: no interaction of the two was observed. */
  readonly edge: GraphEdge | null;
  /** The edge in the other direction; null: none. */
  readonly reverse: GraphEdge | null;
  /** Without an edge: where the client's connections through the server, a Service, end. */
  readonly behind: readonly GraphNode[];
  readonly witnesses: readonly Witness[];
  readonly observed: readonly Observation[];
  readonly cluster: string | null;
  readonly incomplete: readonly string[];
  /** What the observation does not show, a sentence each. */
  readonly unknown: readonly string[];
}

/** How an end was found, in words that follow "the client is" or "the server is". */
export const RULE_TEXTS: Readonly<Record<EndRule, string>> = {
  pod: "the pod that had the address then",
  host_pod: "the pod on the node's network that listens on the port",
  node: "the node that has the address",
  service: "the Service that has the address",
  endpoint: "the workload behind the dialed Service",
  api_server: "the API server, which has the address as an endpoint",
  name: "the name that the client had looked up",
  cidr: "the configured range that has the address",
  outside: "an address outside the cluster without a name",
  unknown: "an address inside the cluster that no object has",
};

/** What a workload's name is from, in words that follow "its name is from". */
export const NAME_TEXTS: Readonly<Record<NameRule, string>> = {
  OTEL_SERVICE_NAME: "OTEL_SERVICE_NAME of its pods",
  OTEL_RESOURCE_ATTRIBUTES: "service.name in OTEL_RESOURCE_ATTRIBUTES of its pods",
  annotation: "an annotation of its pods",
  labels: "labels of its pods",
  owner: "the owner of its pods",
  pod: "its pod, which has no owner",
};

/** Explains the edge of two nodes. */
export function explain(graph: ServiceGraph, client: GraphNode, server: GraphNode): Explanation {
  const between = (from: GraphNode, to: GraphNode): GraphEdge | null =>
    graph.edges.find((edge) => edge.client === from.id && edge.server === to.id) ?? null;
  const edge = between(client, server);
  const observations = new Map(graph.observed.map((observation) => [observation.instance, observation]));
  const { observed, cluster, incomplete } = graph;
  return {
    client,
    server,
    edge,
    reverse: between(server, client),
    behind: edge === null ? behindService(graph, client, server) : [],
    witnesses: (edge?.parts ?? []).map((part) => ({
      instance: part.instance,
      observation: observations.get(part.instance) ?? null,
      count: Object.values(part.outcomes).reduce((sum, count) => sum + count, 0),
    })),
    observed,
    cluster,
    incomplete,
    unknown: edge === null ? [] : unknownOf(edge, client, server),
  };
}

function behindService(graph: ServiceGraph, client: GraphNode, server: GraphNode): GraphNode[] {
  const dialled = serviceWays(graph).dialled.filter(
    ({ service, edge }) => service === server && edge.client === client.id,
  );
  const ids = new Set(dialled.map(({ edge }) => edge.server));
  return graph.nodes.filter(({ id }) => ids.has(id));
}

function unknownOf(edge: GraphEdge, client: GraphNode, server: GraphNode): string[] {
  const unnamed = edge.flows.reduce((sum, { name, count }) => sum + (name === null ? count : 0), 0);
  return [
    ...(edge.flows.length === 0 ? ["ports and names: the source of this graph has only counts and times"] : []),
    ...(unnamed > 0
      ? [
          `the name that was dialed, of ${countText(unnamed, "connection")}: the client looked up none that was observed (a configured address, a name looked up before the observation or more than an hour before, DNS over TLS or HTTPS)`,
        ]
      : []),
    ...(edge.flowsOmitted > 0
      ? [`ports and names of ${countText(edge.flowsOmitted, "interaction")}: only the first 100 combinations are kept`]
      : []),
    ...(client.type === "node" ? ["which process of the node is the client: packets do not show it"] : []),
    ...(client.type === "unresolved" || server.type === "unresolved"
      ? ["the owner of the unresolved address: no object of the cluster had it at that time"]
      : []),
    ...(isRefusedByService(edge, server)
      ? [
          `which pods the Service had: without a ready one it refuses or drops connections; kubectl -n ${server.namespace} get endpointslices -l kubernetes.io/service-name=${server.name} lists them`,
        ]
      : []),
    ...(connectionCount(edge) === 0 && lookupCount(edge) > 0
      ? [
          "whether they exchanged data: the client looked up the name, and no TCP connection followed (UDP, QUIC, a pool that is already connected, or a name that does not resolve)",
        ]
      : []),
  ];
}

/** Whether connections to a Service failed, and no packet showed a pod behind it. */
function isRefusedByService({ outcomes }: GraphEdge, { type }: GraphNode): boolean {
  return type === "service" && (outcomes.refused ?? 0) + (outcomes.timed_out ?? 0) > 0;
}
