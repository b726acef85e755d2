// Middle of the pipeline's end: resolve and report say which interactions count, this store sums them up,
// render draws the sum. Pure: no clock, no files; the same interactions give the same graph, whatever their order,
// as long as no bound was reached.
import { FairShares } from "../bounded/fair-shares.ts";
import type { End, Interaction } from "../model/interaction.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { compareText, type EdgeBounds, type EdgeDrops, EdgeRecord } from "./edge-record.ts";
import { type NodeMerging, toGraphNode } from "./graph-nodes.ts";

/** Edges of one graph, unless told otherwise. */
export const MAX_EDGES = 50_000;

export interface EdgeStoreOptions extends Partial<NodeMerging>, Partial<EdgeBounds> {
  /** Whether the cluster has such a Service; no Service is known by default. */
  readonly hasService?: (namespace: string, name: string) => boolean;
  /** Edges that are kept; where there are more, those clients go without that have the most. */
  readonly maxEdges?: number;
}

/** What found no room: interactions of edges beyond `maxEdges`; sightings of names and ports beyond an edge's bound. */
export interface EdgeStoreDrops extends EdgeDrops {
  interactions: number;
}

/** A graph node with its outgoing edges: an edge is found by two steps through objects, without building a key. */
interface NodeRecord {
  node: GraphNode;
  readonly servers: Map<NodeRecord, EdgeRecord>;
  /** Edges from and to it. Without any it is not drawn, and forgotten. */
  degree: number;
}

/**
 * The service graph as it grows: nodes are (type, namespace, service name), edges (client node, server node).
 * Resolve hands over the same `End` object for the same end, so that its node is remembered by identity.
 * Clients share the room fairly: one that scans, or asks for names without end, takes no other one's edges.
 */
export class EdgeStore {
  readonly drops: EdgeStoreDrops = { interactions: 0, names: 0, ports: 0 };
  readonly #merging: NodeMerging;
  readonly #bounds: EdgeBounds;
  readonly #byEnd = new WeakMap<End, NodeRecord>();
  readonly #byId = new Map<string, NodeRecord>();
  readonly #hasService: (namespace: string, name: string) => boolean;
  /** The servers of each client, one for each edge. */
  readonly #shares: FairShares<NodeRecord, NodeRecord>;

  constructor(options: EdgeStoreOptions = {}) {
    this.#merging = { keepNodes: options.keepNodes ?? false, singleUnresolved: options.singleUnresolved ?? false };
    this.#bounds = {
      maxNamesPerEdge: options.maxNamesPerEdge ?? 100,
      maxPortsPerEdge: options.maxPortsPerEdge ?? 100,
    };
    this.#hasService = options.hasService ?? (() => false);
    this.#shares = new FairShares(options.maxEdges ?? MAX_EDGES);
  }

  get edgeCount(): number {
    return this.#shares.size;
  }

  /** `isBothInstrumented`: no span pair is made of it, since both ends send spans of their own. */
  add(interaction: Interaction, isBothInstrumented = false): void {
    const client = this.#known(interaction.client) ?? this.#recordOf(interaction.client);
    const server = this.#known(interaction.server) ?? this.#recordOf(interaction.server, client);
    const edge = client.servers.get(server) ?? this.#makeEdge(client, server);
    if (edge === null) {
      this.drops.interactions++;
      return;
    }
    edge.add(interaction, this.#bounds, this.drops);
    if (isBothInstrumented) edge.bothInstrumented++;
  }

  /** The graph so far: nodes sorted by id, edges by client, then server. Later interactions do not change it. */
  graph(): ServiceGraph {
    /** More is known of them than that DNS has no such name. */
    const found = new Set<GraphNode>();
    const edges: GraphEdge[] = [];
    for (const { node, servers } of this.#byId.values()) {
      for (const [server, edge] of servers) {
        found.add(node);
        if (!edge.isNameUnknown) found.add(server.node);
        edges.push(edge.toGraphEdge(node.id, server.node.id));
      }
    }
    const nodes = [...this.#byId.values()].map(({ node }) => (found.has(node) ? node : this.#unlessKnown(node)));
    return {
      nodes: nodes.sort((a, b) => compareText(a.id, b.id)),
      edges: edges.sort((a, b) => compareText(a.client, b.client) || compareText(a.server, b.server)),
    };
  }

  /** A Service without endpoints may have no name in DNS either, but it is there. */
  #unlessKnown(node: GraphNode): GraphNode {
    const isMissing = node.type === "service" && !this.#hasService(node.namespace ?? "", node.name);
    return isMissing ? { ...node, isMissing } : node;
  }

  #known(end: End): NodeRecord | undefined {
    const record = this.#byEnd.get(end);
    return record !== undefined && record.degree > 0 ? record : undefined;
  }

  /**
   * Of a new end a record that nothing refers to until it has an edge. `other`: such a record too, perhaps the same
   * node's.
   */
  #recordOf(end: End, other?: NodeRecord): NodeRecord {
    const node = toGraphNode(end, this.#merging);
    const record = this.#byId.get(node.id) ?? (other?.node.id === node.id ? other : undefined);
    if (record === undefined) {
      const made = { node, servers: new Map(), degree: 0 };
      this.#byEnd.set(end, made);
      return made;
    }
    // Two owners of one name: the graph must not depend on who was seen first.
    if ((node.kind ?? "") < (record.node.kind ?? "")) record.node = node;
    this.#byEnd.set(end, record);
    return record;
  }

  /** Null where there is no room for it. */
  #makeEdge(client: NodeRecord, server: NodeRecord): EdgeRecord | null {
    const left = this.#shares.add(client, server);
    if (left !== null && left.owner === client) return null;
    if (left !== null) this.#removeEdge(left.owner, left.item);
    const edge = new EdgeRecord();
    client.servers.set(server, edge);
    this.#join(client);
    this.#join(server);
    return edge;
  }

  #removeEdge(client: NodeRecord, server: NodeRecord): void {
    this.drops.interactions += client.servers.get(server)?.interactions ?? 0;
    client.servers.delete(server);
    this.#part(client);
    this.#part(server);
  }

  #join(record: NodeRecord): void {
    if (record.degree === 0) this.#byId.set(record.node.id, record);
    record.degree++;
  }

  #part(record: NodeRecord): void {
    record.degree--;
    if (record.degree === 0) this.#byId.delete(record.node.id);
  }
}
