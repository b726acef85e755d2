// descriptions: beside graph. Adds to a graph what Kubernetes says about its workloads and Services, and which DNS servers
// the workloads use. Pure.
import { type NodeMerging, toGraphNode } from "../graph/graph-nodes.ts";
import { compareText } from "../graph/order.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { Interaction } from "../model/interaction.ts";
import type { ResolverQuery } from "../model/lookup.ts";
import type { GraphNode, Observation, ServiceGraph } from "../model/service-graph.ts";
import { describeService } from "./describe-service.ts";
import { describeWorkload, seenFromBirth } from "./describe-workload.ts";
import { ResolverUses } from "./resolver-uses.ts";
import { isCurrent, workloadGroups } from "./workload-groups.ts";

/** The cluster that describes a graph. */
export interface DescribedCluster {
  readonly index: ClusterIndex;
  /**
   * The agent's node: describes the workloads with pods there, and what the graph refers to. Null: a cluster file, of
   * which everything is described.
   */
  readonly scope: string | null;
}

/** Dialed Services that are remembered: far more than a cluster has. */
const MAX_SERVICES = 50_000;

/** What a graph refers to beside its ends, and the descriptions of all. It takes the same interactions as the graph. */
export class GraphDescriptions {
  readonly #resolvers = new ResolverUses();
  /** `namespace/name`. */
  readonly #services = new Set<string>();
  #lastService: string | null = null;

  add({ dialledService }: Interaction): void {
    if (dialledService === null || dialledService === this.#lastService) return;
    this.#lastService = dialledService;
    if (this.#services.size < MAX_SERVICES) this.#services.add(dialledService);
  }

  resolver(query: ResolverQuery): void {
    this.#resolvers.add(query);
  }

  /** DNS servers of clients that were dropped at a bound. */
  get droppedResolvers(): number {
    return this.#resolvers.dropped;
  }

  /**
   * The graph with descriptions, as of the end of its observations, and with nodes that no edge refers to: workloads
   * without traffic, DNS servers, dialed Services.
   */
  describe<G extends Pick<ServiceGraph, "nodes" | "observed">>(graph: G, cluster: DescribedCluster & NodeMerging): G {
    const { index, scope } = cluster;
    const { observed } = graph;
    const atMicros = endOf(observed);
    const groups = workloadGroups(index);
    const used = this.#resolvers.byClient(cluster);
    const nodes = new Map(graph.nodes.map((node) => [node.id, node] as const));
    const add = (node: GraphNode): void => {
      if (!nodes.has(node.id)) nodes.set(node.id, node);
    };
    for (const { client, ends } of used.values()) for (const node of [client, ...ends]) add(node);
    for (const key of this.#services) {
      const node = serviceNode(key);
      if (describeService(index, node, atMicros) !== null) add(node);
    }
    if (scope === null) for (const service of index.services.all()) add(serviceNode(nameOf(service)));
    for (const group of groups.values()) {
      const isHere = scope === null ? isCurrent(group) : group.pods.some(({ nodeName }) => nodeName === scope);
      if (isHere) add(group.node);
    }
    const described = [...nodes.values()].map((node): GraphNode => {
      const group = groups.get(node.id);
      const service = node.type === "service" ? describeService(index, node, atMicros) : null;
      const born = group === undefined ? null : seenFromBirth(group, observed);
      const uses = used.get(node.id)?.uses;
      return {
        ...node,
        ...(group === undefined ? {} : { workload: [describeWorkload(group, scope, atMicros)] }),
        ...(service === null ? {} : { service }),
        ...(born === null ? {} : { seenFromBirth: born }),
        ...(uses === undefined ? {} : { resolvers: uses }),
      };
    });
    return { ...graph, nodes: described.sort((a, b) => compareText(a.id, b.id)) };
  }
}

function endOf(observed: readonly Observation[]): number {
  return observed.reduce((end, { toMicros }) => Math.max(end, toMicros), 0);
}

/** Clients use the name of the ServiceImport, not of the Service that implements it in this cluster. */
function nameOf({
  namespace,
  name,
  importName,
}: {
  namespace: string;
  name: string;
  importName: string | null;
}): string {
  return `${namespace}/${importName ?? name}`;
}

/** `key`: `namespace/name`. */
function serviceNode(key: string): GraphNode {
  const slash = key.indexOf("/");
  const end = { type: "service", namespace: key.slice(0, slash), name: key.slice(slash + 1) } as const;
  return toGraphNode(end, { keepNodes: false, singleUnresolved: true });
}
