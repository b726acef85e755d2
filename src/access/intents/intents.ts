import { nodesById } from "../../graph/graph-nodes.ts";
import { compareText } from "../../graph/order.ts";
import type { Flow, GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { connectionCount, failureCount, lookupCount } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { countText } from "../../text/number-text.ts";
import { visibleText } from "../../text/visible-text.ts";
import { edgesBy } from "../edges-by.ts";
import { evidenceText } from "../evidence-text.ts";
import { isClientName, isDomain, isKind, isTargetName } from "./valid-names.ts";

/** One access that a client needs. `namespace` is null if it is the client's own. */
export type Target =
  | { readonly type: "workload"; readonly name: string; readonly namespace: string | null; readonly kind: string }
  | { readonly type: "service"; readonly name: string; readonly namespace: string | null }
  | {
      readonly type: "internet";
      readonly domains: readonly string[];
      readonly addresses: readonly string[];
      readonly ports: readonly number[];
    };

export interface ObservedTarget {
  readonly target: Target;
  /** `tcp 7070, 2 connections, last …`. */
  readonly evidence: string;
}

/** The access that one workload needs: one ClientIntents object. */
export interface ClientIntents {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
  /** Sorted: workloads, Services, internet; each by name. */
  readonly targets: readonly ObservedTarget[];
  /** What was observed and is not declared, a sentence each. */
  readonly notes: readonly string[];
}

interface Intents {
  /** Sorted by namespace, name, kind. */
  readonly clients: readonly ClientIntents[];
  /** Workloads with access that no object can declare, a sentence each. */
  readonly notes: readonly { readonly namespace: string; readonly text: string }[];
}

/** The access that each workload of the graph was observed to use. */
export function intentsOf(graph: ServiceGraph): Intents {
  const nodes = nodesById(graph);
  const edges = edgesBy(graph.edges, ({ client }) => client);
  // Several nodes of the graph have one owner where its pods were named differently over time.
  const byOwner = new Map<string, { client: Client; edges: GraphEdge[] }>();
  const notes: { namespace: string; text: string }[] = [];
  for (const node of graph.nodes) {
    const own = edges.get(node.id);
    if (own === undefined || node.type !== "workload" || node.namespace === null) continue;
    const { name, kind } = ownerOf(node);
    if (!isClientName(name) || !isClientName(node.namespace) || !isKind(kind)) {
      const reason = `${JSON.stringify(name)} of kind ${JSON.stringify(kind)} in namespace ${JSON.stringify(node.namespace)} is no valid client name`;
      notes.push({ namespace: node.namespace, text: `${nodeLabel(node)}: no intents, since ${reason}` });
      continue;
    }
    const client = { namespace: node.namespace, name, kind };
    const key = JSON.stringify([client.namespace, name, kind]);
    const known = byOwner.get(key);
    if (known === undefined) byOwner.set(key, { client, edges: [...own] });
    else known.edges.push(...own);
  }
  const clients = [...byOwner.values()].map(({ client, edges: own }) => ({
    ...client,
    ...targetsOf(own, nodes, client),
  }));
  return { clients: clients.sort(byClient), notes };
}

type Client = Pick<ClientIntents, "namespace" | "name" | "kind">;

function byClient(a: ClientIntents, b: ClientIntents): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name) || compareText(a.kind, b.kind);
}

/** The owner of the pods, which the operator looks for; the graph's name may be that of the OpenTelemetry SDK. */
function ownerOf(node: GraphNode): { readonly name: string; readonly kind: string } {
  const owners = newestDescription(node)?.owners ?? [];
  const [only] = owners;
  return only !== undefined && owners.length === 1 ? only : { name: node.name, kind: node.kind ?? "" };
}

function targetsOf(
  edges: readonly GraphEdge[],
  nodes: ReadonlyMap<string, GraphNode>,
  client: Client,
): Pick<ClientIntents, "targets" | "notes"> {
  /** By what they are, so that each is there once. */
  const targets = new Map<string, ObservedTarget>();
  const notes = new Set<string>();
  for (const edge of edges) {
    const server = nodes.get(edge.server);
    if (server === undefined) throw new Error(`edge without node ${edge.server}`);
    const found = isItself(server, client) ? null : targetOf(edge, server, client.namespace);
    if (typeof found === "string") notes.add(visibleText(`${nodeLabel(server)}: ${found}`));
    else if (found !== null) {
      const key = JSON.stringify(found);
      const known = targets.get(key)?.evidence;
      // A name that is no domain for the operator is declared by its addresses.
      const isByAddress = found.type === "internet" && found.addresses.length > 0;
      const own = `${isByAddress ? `${visibleText(server.name)}: ` : ""}${evidenceText(edge)}`;
      const evidence = known === undefined ? own : `${known}; ${own}`;
      targets.set(key, { target: found, evidence });
    }
  }
  return {
    targets: [...targets.values()].sort((a, b) => compareText(orderOf(a.target), orderOf(b.target))),
    notes: [...notes].sort(compareText),
  };
}

function isItself(server: GraphNode, { namespace, name, kind }: Client): boolean {
  const owner = ownerOf(server);
  return server.type === "workload" && server.namespace === namespace && owner.name === name && owner.kind === kind;
}

/** The target of an edge, or why it has none. */
function targetOf(edge: GraphEdge, server: GraphNode, namespace: string): Target | string {
  if (connectionCount(edge) === 0)
    return `${countText(lookupCount(edge), "lookup")} and no TCP connection: UDP, QUIC or unused`;
  if (failureCount(edge) > 0 && edge.outcomes.established === 0) return "every connection failed";
  switch (server.type) {
    case "workload":
    case "service":
      return inCluster(server, namespace);
    case "external":
      return internet(edge, server);
    case "node":
      return "the host's network of a Kubernetes node cannot be declared";
    case "unresolved":
      return "the owner of the address is unknown";
  }
}

function inCluster(server: GraphNode, clientNamespace: string): Target | string {
  const { name, kind } = server.type === "workload" ? ownerOf(server) : { name: server.name, kind: "Service" };
  if (!isTargetName(name) || !isKind(kind))
    return `${JSON.stringify(name)} of kind ${JSON.stringify(kind)} is no valid target name`;
  // The operator's name of the API server is complete in every namespace.
  const isApiServer = kind === "Service" && name === "kubernetes" && server.namespace === "default";
  const namespace = server.namespace === clientNamespace && !isApiServer ? null : server.namespace;
  return server.type === "workload"
    ? { type: "workload", name, namespace, kind }
    : { type: "service", name, namespace };
}

function internet(edge: GraphEdge, server: GraphNode): Target | string {
  const ports = establishedPorts(edge);
  if (isDomain(server.name) && server.name.includes("."))
    return { type: "internet", domains: [server.name], addresses: [], ports };
  if (edge.addresses.length === 0) return "neither a domain nor its addresses are known";
  return { type: "internet", domains: [], addresses: edge.addresses, ports };
}

/** Ports as dialed, without those at which every connection failed. */
function establishedPorts({ flows, flowsOmitted, dialledPorts, servedPorts }: GraphEdge): readonly number[] {
  const all = dialledPorts.length > 0 ? dialledPorts : servedPorts;
  if (flowsOmitted > 0) return all;
  const failed = flows.filter(({ count, failed }) => count === failed).map(portOf);
  const established = new Set(flows.filter(({ count, failed }) => count > failed).map(portOf));
  return all.filter((port) => established.has(port) || !failed.includes(port));
}

function portOf({ dialledPort, servedPort }: Flow): number | null {
  return dialledPort ?? servedPort;
}

/** A text that sorts targets by type, then name, then namespace. */
function orderOf(target: Target): string {
  if (target.type === "workload") return `0 ${target.name} ${target.namespace ?? ""} ${target.kind}`;
  if (target.type === "service") return `1 ${target.name} ${target.namespace ?? ""}`;
  return `2 ${target.domains.join(" ")} ${target.addresses.join(" ")}`;
}
