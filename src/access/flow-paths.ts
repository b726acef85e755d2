import { MAX_VALUES } from "../graph/bounds.ts";
import { canonicalAddress } from "../model/address.ts";
import type { AddressFamily } from "../model/address-range.ts";
import type { Flow, GraphEdge, GraphNode, ServiceDescription } from "../model/service-graph.ts";
import { newestDescription } from "../selection/newest-description.ts";

/** A TCP port, or the name of a container port whose number is unknown. */
export type PodPort = number | string;

export const ENTRIES = ["node port", "load balancer"] as const;
type Entry = (typeof ENTRIES)[number];

/** A way that connections of an edge took with success, as policies at both ends see it. */
export interface FlowPath {
  /** Ports that the client's packets have, and ports at the server's pods. */
  readonly dialledPorts: readonly number[];
  readonly podPorts: readonly PodPort[];
  /** There may be ports that the graph does not have. */
  readonly hasMorePorts: boolean;
  /**
   * What was dialed that is at no pod; null if nothing. The client's packets have the address of a node or of the load
   * balancer as their destination.
   */
  readonly entry: Entry | null;
  /** Packets may reach the server with the address of a node as their source. */
  readonly hasNodeSource: boolean;
  /** IP versions that its packets may have. */
  readonly families: readonly AddressFamily[];
  /** Successful connections; null if unknown. */
  readonly count: number | null;
}

const FAMILIES: readonly AddressFamily[] = [4, 6];

/**
 * The ways that successful connections of an edge took; none if every connection failed. Connections beyond the graph's
 * maximum of flows are one way, with the ports that no flow has.
 */
export function flowPaths(
  edge: GraphEdge,
  client: GraphNode,
  server: GraphNode,
  serviceOf: (name: string) => ServiceDescription | undefined,
): readonly FlowPath[] {
  if (edge.outcomes.established === 0) return [];
  const paths = edge.flows
    .filter(({ count, failed, dialledPort, servedPort }) => count > failed && (dialledPort ?? servedPort) !== null)
    .map((flow) => pathOf(flow, client, server, flow.service === null ? undefined : serviceOf(flow.service)));
  if (paths.length > 0 && edge.flowsOmitted === 0) return paths;
  return [...paths, ...beyondFlows(edge)];
}

function pathOf(flow: Flow, client: GraphNode, server: GraphNode, service: ServiceDescription | undefined): FlowPath {
  const { dialledPort, servedPort, count, failed } = flow;
  const entry = entryOf(flow, service);
  const seen = servedPort ?? dialledPort;
  const targets = targetPorts(dialledPort, service, server);
  // Of a node port on another node, for example, the client's node sees packets before they are translated.
  const isUntranslated =
    servedPort === dialledPort &&
    (entry !== null || server.type === "service" || isAtClusterIp(seen, targets, service));
  return {
    dialledPorts: dialledPort === null ? [] : [dialledPort],
    podPorts: isUntranslated && targets.length > 0 ? targets : seen === null ? [] : [seen],
    hasMorePorts: false,
    entry,
    hasNodeSource: client.type === "external" ? isMasqueraded(flow, service) : entry !== null,
    families: familiesOf(service),
    count: count - failed,
  };
}

/** Whether a port is that of a cluster IP, as no pod behind the Service has it. */
function isAtClusterIp(
  port: number | null,
  targets: readonly PodPort[],
  service: ServiceDescription | undefined,
): boolean {
  if (service === undefined || !hasClusterIp(service)) return false;
  // The name leads wherever the Service does, and to this very port where pods have it. Without a selector, it says nothing.
  if (targets.some((target) => typeof target === "string")) return service.selector !== null;
  const atPods = [...targets, ...service.ports.map(({ targetPort }) => targetPort)];
  return atPods.every((target) => target !== port);
}

function hasClusterIp({ clusterIPs }: ServiceDescription): boolean {
  return clusterIPs.some((address) => canonicalAddress(address) !== null);
}

/** NAT keeps the IP version: of a Service, it is that of its cluster IPs. */
function familiesOf(service: ServiceDescription | undefined): readonly AddressFamily[] {
  const addresses = (service?.clusterIPs ?? []).filter((address) => canonicalAddress(address) !== null);
  const families = FAMILIES.filter((family) => addresses.some((address) => familyOf(address) === family));
  return families.length > 0 ? families : FAMILIES;
}

export function familyOf(address: string): AddressFamily {
  return address.includes(":") ? 6 : 4;
}

/** `node port 30080`, `a load balancer`. */
export function entryText({ entry, dialledPorts }: FlowPath): string {
  return entry === "node port" ? `node port ${dialledPorts.join(", ")}` : "a load balancer";
}

function entryOf({ dialledPort, service: dialled, name }: Flow, service: ServiceDescription | undefined): Entry | null {
  if (dialledPort === null || service === undefined) return null;
  if (service.ports.some(({ nodePort }) => nodePort === dialledPort)) return "node port";
  const [namespace, serviceName] = (dialled ?? "").split("/");
  const isClusterName = name?.startsWith(`${serviceName}.${namespace}.`) ?? false;
  return service.type === "LoadBalancer" && !isClusterName ? "load balancer" : null;
}

/**
 * Connections from outside to a Service get the address of a node as their source, unless it keeps that of the client:
 * https://kubernetes.io/docs/tutorials/services/source-ip/. `Cluster` is the default.
 */
function isMasqueraded({ service: dialled }: Flow, service: ServiceDescription | undefined): boolean {
  return dialled !== null && service?.externalTrafficPolicy !== "Local";
}

/** Where the port, or else the node port, of a Service leads. */
export function targetPorts(
  port: number | null,
  service: ServiceDescription | undefined,
  server: GraphNode | undefined,
): readonly PodPort[] {
  const ports = service?.ports ?? [];
  const atNode = ports.filter(({ nodePort }) => nodePort !== null && nodePort === port);
  const found = atNode.length > 0 ? atNode : ports.filter((one) => one.port === port);
  return found.flatMap(({ targetPort }): readonly PodPort[] => {
    if (typeof targetPort === "number") return [targetPort];
    const named = (server === undefined ? undefined : newestDescription(server))?.ports ?? [];
    const numbers = named.filter(({ name }) => name === targetPort).map((one) => one.port);
    return numbers.length > 0 ? numbers : [targetPort];
  });
}

/** Ports that no flow has. */
function beyondFlows({ flows, servedPorts, dialledPorts }: GraphEdge): readonly FlowPath[] {
  const podPorts = servedPorts.filter((port) => flows.every(({ servedPort }) => servedPort !== port));
  const dialled = dialledPorts.filter((port) => flows.every(({ dialledPort }) => dialledPort !== port));
  const hasMorePorts = [servedPorts, dialledPorts].some(({ length }) => length === 0 || length >= MAX_VALUES);
  if (podPorts.length + dialled.length === 0 && !hasMorePorts) return [];
  return [
    {
      dialledPorts: dialled,
      podPorts,
      hasMorePorts,
      entry: null,
      hasNodeSource: false,
      families: FAMILIES,
      count: null,
    },
  ];
}
