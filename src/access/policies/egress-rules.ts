import type { GraphEdge, GraphNode, Labels } from "../../model/service-graph.ts";
import { connectionCount } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { matches } from "../../selection/matches.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { isApiServer } from "../api-server.ts";
import { evidenceText } from "../evidence-text.ts";
import { ENTRIES, entryText, type FlowPath, targetPorts } from "../flow-paths.ts";
import { blocksOf, EVERYWHERE } from "./address-blocks.ts";
import type { PolicyContext } from "./policy-context.ts";
import { arrivalPorts, dialledPorts, podPorts } from "./rule-ports.ts";
import type { Peer, PolicyRule } from "./workload-policy.ts";

/** A peer, the ports at which packets arrive there, and what to mind. */
interface Destination {
  readonly peer: Peer;
  readonly ports: PolicyRule["ports"];
  readonly remarks: readonly string[];
}

/** The rules for one server of a workload, or why it has none. */
export function egressRules(
  edge: GraphEdge,
  server: GraphNode,
  context: PolicyContext,
): readonly PolicyRule[] | string {
  if (connectionCount(edge) === 0)
    return "looked up and never connected: UDP, QUIC or unused; add a rule for its port if it is used";
  const paths = context.pathsOf(edge);
  if (paths.length === 0) return "every connection failed";
  const evidence = `${nodeLabel(server)}: ${evidenceText(edge)}, ${context.witnesses(edge)}`;
  return [destinationOf(edge, server, paths, context), ...entriesOf(paths, context)].map(
    ({ peer, ports, remarks }) => ({
      peer,
      ports,
      comment: [evidence, ...remarks],
    }),
  );
}

function destinationOf(
  edge: GraphEdge,
  server: GraphNode,
  paths: readonly FlowPath[],
  context: PolicyContext,
): Destination {
  switch (server.type) {
    case "workload":
      return newestDescription(server)?.hostNetwork === true
        ? onNodes(edge, paths)
        : atPods(edge, server, paths, context);
    case "service":
      return isApiServer(server) ? apiServer(edge, server, paths) : behindService(edge, server, paths);
    case "external":
      return outside(edge, server, paths);
    case "node":
      return onNodes(edge, paths);
    case "unresolved":
      return atAddresses(edge, edge.addresses, paths, "the owner of these addresses is unknown");
  }
}

/**
 * Node ports and load balancers that were dialed: where a network filters before their packets are translated, or on a node
 * that does not translate them, pods are not their destination.
 */
function entriesOf(paths: readonly FlowPath[], { nodeBlocks: blocks }: PolicyContext): readonly Destination[] {
  return ENTRIES.flatMap((entry): readonly Destination[] => {
    const own = paths.filter((path) => path.entry === entry);
    if (own.length === 0) return [];
    const { ports, remarks } = dialledPorts(own);
    if (entry === "load balancer") {
      const remark = "perhaps at its load balancer, whose address is not known: the rule limits only the port";
      return [{ peer: { type: "any" }, ports, remarks: [remark, ...remarks] }];
    }
    const limit = blocks.length === 0 ? "the rule limits only the port" : "the range of --node-cidr";
    const texts = [...new Set(own.map(entryText))].sort().join(", ");
    return [
      {
        peer: { type: "nodes", blocks, withOutside: false },
        ports,
        remarks: [`through ${texts}: packets go to the address of a node: ${limit}`, ...remarks],
      },
    ];
  });
}

function atPods(edge: GraphEdge, server: GraphNode, paths: readonly FlowPath[], context: PolicyContext): Destination {
  const namespace = server.namespace ?? "";
  const { ports, remarks } = podPorts(paths);
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
function apiServer(edge: GraphEdge, { service }: GraphNode, paths: readonly FlowPath[]): Destination {
  const blocks = blocksOf([...(service?.clusterIPs ?? []), ...edge.addresses]);
  const { ports, remarks } = arrivalPorts(paths);
  if (blocks.length === 0)
    return { peer: { type: "any" }, ports, remarks: ["the addresses of the API server are unknown", ...remarks] };
  return { peer: { type: "api-server", blocks }, ports, remarks };
}

/** Where the dialed ports lead at all of its pods: which of its workloads was connected to is not known. */
function behindService(edge: GraphEdge, { namespace, service }: GraphNode, paths: readonly FlowPath[]): Destination {
  const selector = service?.selector ?? null;
  if (selector === null || Object.keys(selector).length === 0) {
    const addresses = [...(service?.clusterIPs ?? []), ...edge.addresses];
    return atAddresses(edge, addresses, paths, "the Service has no selector");
  }
  const { ports, remarks } = podPorts(paths);
  const peer = { type: "pods", namespace: namespace ?? "", selector } as const;
  if (ports.length === 0) return { peer, ports, remarks };
  const targets = paths.flatMap((path) => path.dialledPorts.flatMap((port) => targetPorts(port, service, undefined)));
  const all = new Set([...ports.map(({ port }) => port), ...targets]);
  return { peer, ports: [...all].map((port) => ({ port, protocol: "TCP" as const })), remarks };
}

function onNodes(edge: GraphEdge, paths: readonly FlowPath[]): Destination {
  const { ports, remarks } = arrivalPorts(paths);
  const blocks = edge.addressesOmitted > 0 ? [] : blocksOf(edge.addresses);
  const how = blocks.length === 0 ? "the rule limits only the port" : "by address, which will age";
  return {
    peer: { type: "nodes", blocks, withOutside: false },
    ports,
    remarks: [`on a node's network, which no pod selector selects: ${how}`, ...remarks],
  };
}

function outside(edge: GraphEdge, server: GraphNode, paths: readonly FlowPath[]): Destination {
  const { ports, remarks } = arrivalPorts(paths);
  const known = blocksOf(edge.addresses);
  const isWhole = edge.addressesOmitted === 0 && known.length > 0;
  const blocks = isWhole ? known : EVERYWHERE;
  const some = known.length === 1 ? "1 address" : `${known.length} addresses`;
  const remark = isWhole
    ? `${some} of a name: they will age`
    : "any address: the graph does not have all of its addresses";
  return { peer: { type: "domain", name: server.name, blocks }, ports, remarks: [remark, ...remarks] };
}

function atAddresses(
  edge: GraphEdge,
  addresses: readonly string[],
  paths: readonly FlowPath[],
  why: string,
): Destination {
  const { ports, remarks } = arrivalPorts(paths);
  const known = blocksOf(addresses);
  if (known.length === 0 || edge.addressesOmitted > 0)
    return { peer: { type: "any" }, ports, remarks: [`any address: ${why}, and not all are known`, ...remarks] };
  return { peer: { type: "blocks", blocks: known }, ports, remarks: [`by address: ${why}`, ...remarks] };
}
