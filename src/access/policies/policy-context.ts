import { nodesById } from "../../graph/graph-nodes.ts";
import type { GraphEdge, GraphNode, ResolverUse, ServiceDescription, ServiceGraph } from "../../model/service-graph.ts";
import { countText } from "../../text/number-text.ts";
import { type FlowPath, flowPaths, type PodPort, targetPorts } from "../flow-paths.ts";
import { Selectors } from "./selectors.ts";

/** CIDR blocks that a person has configured. */
export interface KnownBlocks {
  /** By the name of an external range. */
  readonly externalBlocks: ReadonlyMap<string, readonly string[]>;
  /** Of the Kubernetes nodes. */
  readonly nodeBlocks?: readonly string[];
}

/** What the rules of a policy need to know about the graph. */
export class PolicyContext {
  readonly selectors: Selectors;
  /** Blocks by the name of an external range. */
  readonly externalBlocks: ReadonlyMap<string, readonly string[]>;
  /** Of the Kubernetes nodes; empty if not configured. */
  readonly nodeBlocks: readonly string[];
  /** Workloads that query a DNS server, by the id of its node. */
  readonly dnsClients = new Map<string, GraphNode[]>();
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  readonly #services = new Map<string, ServiceDescription>();
  readonly #nodeOf: ReadonlyMap<string, string | null>;

  constructor(graph: ServiceGraph, { externalBlocks, nodeBlocks = [] }: KnownBlocks) {
    this.selectors = new Selectors(graph);
    this.externalBlocks = externalBlocks;
    this.nodeBlocks = nodeBlocks;
    this.#nodes = nodesById(graph);
    this.#nodeOf = new Map(graph.observed.map(({ instance, node }) => [instance, node]));
    for (const node of graph.nodes) {
      for (const end of new Set(node.resolvers?.flatMap((use) => use.end ?? []))) {
        this.dnsClients.set(end, [...(this.dnsClients.get(end) ?? []), node]);
      }
    }
    for (const { type, namespace, name, service } of graph.nodes) {
      if (type === "service" && service !== undefined) this.#services.set(`${namespace}/${name}`, service);
    }
  }

  /** Throws if the graph has no such node. */
  node(id: string): GraphNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`edge without node ${id}`);
    return node;
  }

  find(id: string): GraphNode | undefined {
    return this.#nodes.get(id);
  }

  /** The ways that successful connections of an edge took. */
  pathsOf(edge: GraphEdge): readonly FlowPath[] {
    return flowPaths(edge, this.node(edge.client), this.node(edge.server), (name) => this.#services.get(name));
  }

  /** Descriptions of the Services that were dialed on an edge. */
  servicesOf({ flows }: GraphEdge): readonly ServiceDescription[] {
    return [...new Set(flows.flatMap(({ service }) => service ?? []))].flatMap(
      (name) => this.#services.get(name) ?? [],
    );
  }

  /** The Service that has the address as a cluster IP. */
  serviceAt(address: string): ServiceDescription | undefined {
    return [...this.#services.values()].find(({ clusterIPs }) => clusterIPs.includes(address));
  }

  /** Ports of a DNS server's pods: the dialed port of a Service may lead to another one, such as 5353 on OpenShift. */
  dnsPorts(resolver: ResolverUse): readonly PodPort[] {
    const server = resolver.end === null ? undefined : this.#nodes.get(resolver.end);
    return targetPorts(resolver.port, this.serviceAt(resolver.address), server);
  }

  /** Who saw an edge: `seen on worker-1, worker-2`. */
  witnesses({ parts }: GraphEdge): string {
    const nodes = [...new Set(parts.flatMap(({ instance }) => this.#nodeOf.get(instance) ?? []))].sort();
    if (nodes.length === 0) return `seen by ${countText(Math.max(1, parts.length), "agent")}`;
    return nodes.length <= 3 ? `seen on ${nodes.join(", ")}` : `seen on ${countText(nodes.length, "node")}`;
  }
}
