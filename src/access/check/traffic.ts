import { compareNullable } from "../../graph/order.ts";
import type { AddressFamily } from "../../model/address-range.ts";
import type { GraphEdge, GraphNode, ResolverUse, ServiceGraph } from "../../model/service-graph.ts";
import { entryText, type FlowPath, familyOf, flowPaths, type PodPort, targetPorts } from "../flow-paths.ts";
import type { Direction } from "./network-policies.ts";
import { type TrafficEnd, TrafficEnds } from "./traffic-ends.ts";

/** Traffic as policies of one end see it. */
export interface TrafficView {
  readonly client: TrafficEnd;
  readonly server: TrafficEnd;
  readonly protocol: "TCP" | "UDP";
  /** A name is that of a container port; null if unknown. */
  readonly port: PodPort | null;
  /** Of ends whose addresses are not known. */
  readonly family: AddressFamily;
}

/** Traffic that was observed, from one end to a port of another. */
export interface Traffic {
  readonly client: GraphNode;
  /** The node of the graph; of a DNS server that no node is, its address. */
  readonly server: GraphNode | string;
  readonly protocol: "TCP" | "UDP";
  /** The port of the server's pods; null if unknown. */
  readonly port: PodPort | null;
  /** What was dialed that is at no pod: `node port 30080`, `a load balancer`; null if nothing. */
  readonly through: string | null;
  /** Successful connections; null if unknown, as of DNS queries. */
  readonly count: number | null;
  readonly lastSeenMicros: number | null;
  /** One of these is what policies of the end see; which one depends on the network, its IP version, and the pod that served. */
  readonly views: Readonly<Record<Direction, readonly TrafficView[]>>;
}

/** What of a graph is looked at; all of it by default. The rest of the graph still describes it. */
interface TrafficSelection {
  readonly edges: readonly GraphEdge[];
  /** Clients and servers of DNS queries. */
  readonly showsNode: (node: GraphNode) => boolean;
}

/** The observed traffic of a graph that worked: by client, server and port; then the DNS queries. */
export function trafficOf(
  graph: ServiceGraph,
  { edges, showsNode }: TrafficSelection = { edges: graph.edges, showsNode: () => true },
): readonly Traffic[] {
  const ends = new TrafficEnds(graph);
  return [
    ...edges.flatMap((edge) => connections(edge, ends)),
    ...graph.nodes.flatMap((client) =>
      (client.resolvers ?? []).flatMap((resolver) => {
        const server = ends.find(resolver.end);
        const isShown = showsNode(client) || (server !== undefined && showsNode(server));
        return isShown ? [queries(client, resolver, ends)] : [];
      }),
    ),
  ];
}

function connections(edge: GraphEdge, ends: TrafficEnds): readonly Traffic[] {
  const client = ends.node(edge.client);
  const server = ends.node(edge.server);
  const rows = new Map<string, Traffic>();
  for (const path of flowPaths(edge, client, server, (name) => ends.service(name))) {
    const through = path.entry === null ? null : entryText(path);
    const ports = path.hasMorePorts || path.podPorts.length === 0 ? [...path.podPorts, null] : path.podPorts;
    for (const port of ports) {
      const key = JSON.stringify([port, through, path.hasNodeSource]);
      const count = sumOf(rows.get(key)?.count, path.count);
      const views = viewsOf(edge, path, port, ends);
      rows.set(key, {
        client,
        server,
        protocol: "TCP",
        port,
        through,
        count,
        lastSeenMicros: edge.lastSeenMicros,
        views,
      });
    }
  }
  return [...rows.values()].sort((a, b) => compareNullable(a.port, b.port) || compareNullable(a.through, b.through));
}

function sumOf(known: number | null | undefined, count: number | null): number | null {
  return known === undefined || count === null ? count : known === null ? null : known + count;
}

function viewsOf(edge: GraphEdge, path: FlowPath, port: PodPort | null, ends: TrafficEnds): Traffic["views"] {
  const client = ends.clientOf(edge);
  const servers = ends.serversOf(edge);
  const protocol = "TCP" as const;
  const inEach = (view: Omit<TrafficView, "family">): TrafficView[] =>
    path.families.map((family) => ({ ...view, family }));
  const sources = path.hasNodeSource ? [ends.someNode(entryText(path)), client] : [client];
  const entries =
    path.entry === null
      ? []
      : path.dialledPorts.map((dialled) => ({ client, server: ends.entry(path), protocol, port: dialled }));
  return {
    egress: [...entries, ...servers.map((server) => ({ client, server, protocol, port }))].flatMap(inEach),
    ingress: servers
      .flatMap((server) => sources.map((source) => ({ client: source, server, protocol, port })))
      .flatMap(inEach),
  };
}

/** The DNS queries of a workload to one server. */
function queries(workload: GraphNode, resolver: ResolverUse, ends: TrafficEnds): Traffic {
  const { end, address, transport } = resolver;
  const client = ends.of(workload, []);
  const servers = ends.resolversOf(resolver);
  const ports = targetPorts(resolver.port, ends.serviceAt(address), ends.find(end));
  const port = ports[0] ?? resolver.port;
  const protocol = transport === "udp" ? "UDP" : "TCP";
  const family = familyOf(address);
  const views = servers.map((server) => ({ client, server, protocol, port, family }) as const);
  return {
    client: workload,
    server: ends.find(end) ?? address,
    protocol,
    port,
    through: null,
    count: null,
    lastSeenMicros: null,
    views: { egress: views, ingress: views },
  };
}
