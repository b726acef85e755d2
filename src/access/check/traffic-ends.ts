import { podsOf } from "../../answers/pods-of.ts";
import { nodesById } from "../../graph/graph-nodes.ts";
import { isRevisionLabel } from "../../kubernetes/objects/known-labels.ts";
import type {
  GraphEdge,
  GraphNode,
  ResolverUse,
  ServiceDescription,
  ServiceGraph,
  WorkloadDescription,
  WorkloadPort,
} from "../../model/service-graph.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { mayLeadTo } from "../../selection/service-pods.ts";
import { isApiServer } from "../api-server.ts";
import type { FlowPath } from "../flow-paths.ts";
import { isLinkLocal } from "../link-local.ts";
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
  /** It has addresses that are not known. */
  readonly hasMoreAddresses: boolean;
  /** A Kubernetes node or a pod on its network: engines treat its traffic differently. */
  readonly isNode: boolean;
  /** Names of the Kubernetes nodes that it is on; null if unknown. */
  readonly nodes: ReadonlySet<string> | null;
  /** Why policies cannot be checked for it; null if they can. */
  readonly unknown: string | null;
}

const NOTHING = {
  pods: null,
  addresses: [],
  hasMoreAddresses: false,
  isNode: false,
  nodes: null,
  unknown: null,
} as const;

/** The ends of a graph's traffic as policies see them. */
export class TrafficEnds {
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  readonly #workloads: readonly GraphNode[];
  readonly #services = new Map<string, ServiceDescription>();
  /** Kubernetes nodes by instance. */
  readonly #observers: ReadonlyMap<string, string | null>;

  constructor(graph: ServiceGraph) {
    this.#nodes = nodesById(graph);
    this.#workloads = graph.nodes.filter(({ type }) => type === "workload");
    this.#observers = new Map(graph.observed.map(({ instance, node }) => [instance, node]));
    for (const { type, namespace, name, service } of graph.nodes) {
      if (type === "service" && service !== undefined) this.#services.set(`${namespace}/${name}`, service);
    }
  }

  /** Throws if the graph has no such node. */
  node(id: string): GraphNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  find(id: string | null): GraphNode | undefined {
    return id === null ? undefined : this.#nodes.get(id);
  }

  /** By `namespace/name`. */
  service(name: string): ServiceDescription | undefined {
    return this.#services.get(name);
  }

  /** The Service that has the address as a cluster IP. */
  serviceAt(address: string): ServiceDescription | undefined {
    return [...this.#services.values()].find(({ clusterIPs }) => clusterIPs.includes(address));
  }

  clientOf(edge: GraphEdge): TrafficEnd {
    const client = this.node(edge.client);
    if (client.type === "workload") return this.of(client, []);
    const end = this.of(client, edge.addresses, edge.addressesOmitted > 0);
    if (client.type !== "node") return end;
    return { ...end, nodes: new Set(edge.parts.flatMap(({ instance }) => this.#observers.get(instance) ?? [])) };
  }

  /** The server, or what it may be: each workload behind a Service. */
  serversOf(edge: GraphEdge): readonly TrafficEnd[] {
    const isClientPod = this.node(edge.client).type === "workload";
    const [addresses, hasMore] = isClientPod ? [edge.addresses, edge.addressesOmitted > 0] : [[], false];
    return this.#candidates(this.node(edge.server), addresses, hasMore);
  }

  resolversOf({ end, address }: ResolverUse): readonly TrafficEnd[] {
    const isService = this.serviceAt(address) !== undefined;
    const server = this.find(end);
    if (server === undefined) {
      const unknown = isLinkLocal(address) ? null : "the owner of this address is unknown";
      return [{ ...NOTHING, label: address, addresses: [address], unknown }];
    }
    return this.#candidates(server, isService ? [] : [address], isService);
  }

  /** Some node of the cluster, whose address packets have. */
  someNode(how: string): TrafficEnd {
    return { ...NOTHING, label: `a node (${how})`, isNode: true, hasMoreAddresses: true };
  }

  /** What was dialed that is at no pod. */
  entry({ entry, dialledPorts }: FlowPath): TrafficEnd {
    if (entry === "node port") return this.someNode(`node port ${dialledPorts.join(", ")}`);
    return { ...NOTHING, label: "a load balancer", hasMoreAddresses: true };
  }

  of(node: GraphNode, addresses: readonly string[], hasMoreAddresses = false): TrafficEnd {
    const nothing = { ...NOTHING, label: nodeLabel(node), addresses, hasMoreAddresses };
    switch (node.type) {
      case "workload":
        return workloadEnd(node, nothing);
      case "node":
        return { ...nothing, isNode: true };
      case "external":
        return nothing;
      case "service":
        // It is on no node that has pods of others.
        if (isApiServer(node)) return { ...nothing, isNode: true, nodes: new Set() };
        return addresses.length > 0
          ? nothing
          : { ...nothing, unknown: "several workloads are behind the Service, or none" };
      case "unresolved":
        return addresses.length > 0 ? nothing : { ...nothing, unknown: "the owner of the address is unknown" };
    }
  }

  #candidates(server: GraphNode, addresses: readonly string[], hasMore: boolean): readonly TrafficEnd[] {
    if (server.type === "service") {
      const behind = this.#workloads.filter((workload) => mayLeadTo(server, workload));
      if (behind.length > 0) return behind.map((workload) => this.of(workload, []));
    }
    return [this.of(server, addresses, hasMore)];
  }
}

function workloadEnd(node: GraphNode, nothing: TrafficEnd): TrafficEnd {
  const description = newestDescription(node);
  if (description === undefined) return { ...nothing, unknown: "the labels of its pods are unknown" };
  const nodes = podsOf(node).byNode;
  const end = { ...nothing, nodes: nodes.size === 0 ? null : new Set(nodes.keys()) };
  if (description.hostNetwork) return { ...end, isNode: true };
  const labels: KnownLabels = { labels: description.labels, isOpen: opener(description) };
  return { ...end, pods: { namespace: node.namespace ?? "", labels, ports: description.ports } };
}

/** Labels of one revision or pod are in no description; no pod has any other one that it does not name. */
function opener({ labels, differingLabels }: WorkloadDescription): (key: string) => boolean {
  return (key) => labels[key] === undefined && (isRevisionLabel(key) || differingLabels.includes(key));
}
