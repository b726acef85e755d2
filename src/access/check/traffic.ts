import { newestDescription } from "../../answers/pods-of.ts";
import { nodesById } from "../../graph/graph-nodes.ts";
import type { GraphEdge, GraphNode, Labels, ServiceGraph, WorkloadPort } from "../../model/service-graph.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { isApiServer } from "../api-server.ts";
import type { KnownLabels } from "./label-selector.ts";

/** One end of observed traffic, as a policy sees it. */
export interface TrafficEnd {
  readonly label: string;
  /** Pods on a network of their own; null: a node, an external host, or unknown. */
  readonly pods: {
    readonly namespace: string;
    readonly labels: KnownLabels;
    readonly ports: readonly WorkloadPort[];
  } | null;
  /** Known addresses; a pod's are not known. */
  readonly addresses: readonly string[];
  /** A Kubernetes node or a pod on its network: engines treat its traffic differently. */
  readonly isNode: boolean;
  /** Why nothing can be said about it; null if something can. */
  readonly unknown: string | null;
}

/** Connections that were observed, from one end to a port of another. */
export interface Traffic {
  readonly edge: GraphEdge;
  readonly client: TrafficEnd;
  readonly server: TrafficEnd;
  readonly protocol: "TCP" | "UDP";
  /** The port after NAT; null if unknown. */
  readonly port: number | null;
  /** Successful connections. */
  readonly count: number;
}

/** The observed traffic of a graph that worked, sorted by client, server and port. */
export function trafficOf(graph: ServiceGraph): readonly Traffic[] {
  const nodes = nodesById(graph);
  return graph.edges.flatMap((edge): Traffic[] => {
    const client = nodes.get(edge.client);
    const server = nodes.get(edge.server);
    if (client === undefined || server === undefined)
      throw new Error(`edge without node: ${edge.client}, ${edge.server}`);
    if (edge.outcomes.established === 0) return [];
    const isClientOutside = client.type !== "workload";
    const ends = {
      client: endOf(client, isClientOutside ? edge.addresses : []),
      server: endOf(server, isClientOutside ? [] : edge.addresses),
    };
    return countsByPort(edge).map(([port, count]) => ({ edge, ...ends, protocol: "TCP", port, count }));
  });
}

function countsByPort(edge: GraphEdge): readonly (readonly [number | null, number])[] {
  const counts = new Map<number, number>();
  for (const { servedPort, dialledPort, count, failed } of edge.flows) {
    const port = servedPort ?? dialledPort;
    if (port !== null && count > failed) counts.set(port, (counts.get(port) ?? 0) + count - failed);
  }
  if (counts.size === 0) return [[null, edge.outcomes.established]];
  return [...counts].sort(([a], [b]) => a - b);
}

function endOf(node: GraphNode, addresses: readonly string[]): TrafficEnd {
  const label = nodeLabel(node);
  const nothing = { label, pods: null, addresses, isNode: false, unknown: null };
  switch (node.type) {
    case "workload":
      return workloadEnd(node, addresses);
    case "node":
      return { ...nothing, isNode: true };
    case "external":
      return nothing;
    case "service":
      if (isApiServer(node)) return { ...nothing, isNode: true };
      return addresses.length > 0
        ? nothing
        : { ...nothing, unknown: "several workloads are behind the Service, or none" };
    case "unresolved":
      return addresses.length > 0 ? nothing : { ...nothing, unknown: "the owner of the address is unknown" };
  }
}

function workloadEnd(node: GraphNode, addresses: readonly string[]): TrafficEnd {
  const label = nodeLabel(node);
  const description = newestDescription(node);
  if (description === undefined) {
    return { label, pods: null, addresses, isNode: false, unknown: "the labels of its pods are unknown" };
  }
  if (description.hostNetwork) return { label, pods: null, addresses, isNode: true, unknown: null };
  const labels: KnownLabels = { labels: description.labels, isOpen: opener(description.labels) };
  return {
    label,
    pods: { namespace: node.namespace ?? "", labels, ports: description.ports },
    addresses,
    isNode: false,
    unknown: null,
  };
}

/** Labels of one revision or pod differ between pods; any other label that the pods do not share is one that none has. */
const OF_ONE_POD =
  /^(pod-template-hash|controller-revision-hash|pod-template-generation|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|job-name|controller-uid|batch\.kubernetes\.io\/.*)$/;

function opener(labels: Labels): (key: string) => boolean {
  return (key) => labels[key] === undefined && OF_ONE_POD.test(key);
}
