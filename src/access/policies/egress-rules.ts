import { newestDescription } from "../../answers/pods-of.ts";
import type { GraphEdge, GraphNode, Labels, ServiceDescription } from "../../model/service-graph.ts";
import { connectionCount } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { isApiServer } from "../api-server.ts";
import { evidenceText } from "../evidence-text.ts";
import { blockOf } from "./address-blocks.ts";
import { nodePortRemarks } from "./node-ports.ts";
import { dialledPorts, servedPorts, sortedPorts } from "./observed-ports.ts";
import type { PolicyContext } from "./policy-context.ts";
import { matches } from "./selectors.ts";
import type { Peer, PolicyRule } from "./workload-policy.ts";

/** A peer, the ports at which packets arrive there, and what to mind. */
interface Destination {
  readonly peer: Peer;
  readonly ports: readonly number[];
  readonly remarks: readonly string[];
}

/** The rule for one server of a workload, or why it has none. */
export function egressRule(edge: GraphEdge, server: GraphNode, context: PolicyContext): PolicyRule | string {
  if (connectionCount(edge) === 0)
    return "looked up and never connected: UDP, QUIC or unused; add a rule for its port if it is used";
  if (edge.outcomes.established === 0) return "every connection failed";
  const found = destinationOf(edge, server, context);
  if (typeof found === "string") return found;
  if (found.ports.length === 0) return "the ports it serves are unknown";
  return {
    peer: found.peer,
    ports: found.ports.map((port) => ({ port, protocol: "TCP" as const })),
    comment: [`${nodeLabel(server)}: ${evidenceText(edge)}, ${context.witnesses(edge)}`, ...found.remarks],
  };
}

function destinationOf(edge: GraphEdge, server: GraphNode, context: PolicyContext): Destination | string {
  switch (server.type) {
    case "workload":
      return newestDescription(server)?.hostNetwork === true ? onHostNetwork(edge) : atPods(edge, server, context);
    case "service":
      return isApiServer(server) ? apiServer(edge, server) : behindService(edge, server);
    case "external":
      return outside(edge, server);
    case "node":
      return onHostNetwork(edge);
    case "unresolved":
      return atAddresses(edge, "the owner of these addresses is unknown");
  }
}

function atPods(edge: GraphEdge, server: GraphNode, context: PolicyContext): Destination | string {
  const namespace = server.namespace ?? "";
  const ports = servedPorts(edge);
  const remarks = nodePortRemarks(edge, context, "packets go to a node's address; allow the nodes at this port too");
  const exact = exactServiceSelector(edge, server, context);
  if (exact !== null) return { peer: { type: "pods", namespace, selector: exact }, ports, remarks };
  const selection = context.selectors.of(server);
  if ("selector" in selection)
    return { peer: { type: "pods", namespace, selector: selection.selector }, ports, remarks };
  return {
    peer: { type: "pods", namespace, selector: {} },
    ports,
    remarks: [`all pods of namespace ${namespace}, since ${selection.reason}`, ...remarks],
  };
}

/** The AWS VPC CNI passes a cluster IP only if the rule has exactly the selector of its Service. */
function exactServiceSelector(edge: GraphEdge, server: GraphNode, context: PolicyContext): Labels | null {
  const labels = newestDescription(server)?.labels ?? {};
  for (const { selector } of context.servicesOf(edge)) {
    if (selector === null || Object.keys(selector).length === 0 || !matches(selector, labels)) continue;
    if (context.selectors.othersSelected(server, selector).length === 0) return selector;
  }
  return null;
}

/** Networks that filter before DNAT see the cluster IP and its port, those after DNAT an endpoint and its port. */
function apiServer(edge: GraphEdge, { service }: GraphNode): Destination | string {
  const blocks = [
    ...new Set([...(service?.clusterIPs ?? []), ...edge.addresses].flatMap((address) => blockOf(address) ?? [])),
  ].sort();
  if (blocks.length === 0) return "the addresses of the API server are unknown";
  return {
    peer: { type: "api-server", blocks },
    ports: arrivalPorts(edge),
    remarks: [],
  };
}

function behindService(edge: GraphEdge, { namespace, service }: GraphNode): Destination | string {
  const selector = service?.selector ?? null;
  if (selector === null || Object.keys(selector).length === 0) return atAddresses(edge, "the Service has no selector");
  const ports = sortedPorts([...servedPorts(edge), ...numericTargets(service)]);
  return { peer: { type: "pods", namespace: namespace ?? "", selector }, ports, remarks: [] };
}

function numericTargets(service: ServiceDescription | undefined): readonly number[] {
  return (service?.ports ?? []).flatMap(({ targetPort }) => (typeof targetPort === "number" ? targetPort : []));
}

function onHostNetwork(edge: GraphEdge): Destination | string {
  return atAddresses(edge, "on a node's network, which no pod selector selects");
}

function outside(edge: GraphEdge, server: GraphNode): Destination | string {
  const blocks = blocksOf(edge);
  const peer: Peer = { type: "domain", name: server.name, blocks };
  const some = blocks.length === 1 ? "1 address" : `${blocks.length} addresses`;
  const more = edge.addressesOmitted > 0 ? ", and more that are not kept" : "";
  return { peer, ports: arrivalPorts(edge), remarks: [`${some} of a name${more}: they will age`] };
}

function atAddresses(edge: GraphEdge, why: string): Destination | string {
  const blocks = blocksOf(edge);
  if (blocks.length === 0) return `${why}, and its addresses are not known`;
  return {
    peer: { type: "blocks", blocks },
    ports: arrivalPorts(edge),
    remarks: [`by address: ${why}`],
  };
}

/** Packets have the dialed port before DNAT, and the served one after it. */
function arrivalPorts(edge: GraphEdge): readonly number[] {
  return sortedPorts([...dialledPorts(edge), ...servedPorts(edge)]);
}

function blocksOf({ addresses }: GraphEdge): readonly string[] {
  return [...new Set(addresses.flatMap((address) => blockOf(address) ?? []))].sort();
}
