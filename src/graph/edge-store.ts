// Middle of the pipeline's end: resolve and report say which interactions count, this store sums them up,
// render draws the sum. Pure: no clock, no files; the same interactions give the same graph, whatever their order,
// as long as no bound was reached.
import type { End, Interaction } from "../model/interaction.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { compareText, type EdgeBounds, type EdgeDrops, EdgeRecord } from "./edge-record.ts";
import { type NodeMerging, toGraphNode } from "./graph-nodes.ts";

export interface EdgeStoreOptions extends Partial<NodeMerging>, Partial<EdgeBounds> {
  /** Whether the cluster has such a Service; no Service is known by default. */
  readonly hasService?: (namespace: string, name: string) => boolean;
  /** Edges that are kept; interactions of further ones are counted only. */
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
}

/**
 * The service graph as it grows: nodes are (type, namespace, service name), edges (client node, server node).
 * Resolve hands over the same `End` object for the same end, so that its node is remembered by identity.
 */
export class EdgeStore {
  readonly drops: EdgeStoreDrops = { interactions: 0, names: 0, ports: 0 };
  readonly #merging: NodeMerging;
  readonly #bounds: EdgeBounds;
  readonly #maxEdges: number;
  readonly #byEnd = new WeakMap<End, NodeRecord>();
  readonly #byId = new Map<string, NodeRecord>();
  readonly #hasService: (namespace: string, name: string) => boolean;
  #edgeCount = 0;

  constructor(options: EdgeStoreOptions = {}) {
    this.#merging = { keepNodes: options.keepNodes ?? false, singleUnresolved: options.singleUnresolved ?? false };
    this.#bounds = {
      maxNamesPerEdge: options.maxNamesPerEdge ?? 100,
      maxPortsPerEdge: options.maxPortsPerEdge ?? 100,
    };
    this.#maxEdges = options.maxEdges ?? 50_000;
    this.#hasService = options.hasService ?? (() => false);
  }

  get edgeCount(): number {
    return this.#edgeCount;
  }

  /** `isHandedOver`: no span pair is made of it, since both ends send spans of their own. */
  add(interaction: Interaction, isHandedOver = false): void {
    const client = this.#byEnd.get(interaction.client) ?? this.#recordOf(interaction.client);
    const server = this.#byEnd.get(interaction.server) ?? this.#recordOf(interaction.server);
    if (client === null || server === null) {
      this.drops.interactions++;
      return;
    }
    let edge = client.servers.get(server);
    if (edge === undefined) {
      if (this.#edgeCount >= this.#maxEdges) {
        this.drops.interactions++;
        return;
      }
      edge = new EdgeRecord();
      client.servers.set(server, edge);
      this.#edgeCount++;
    }
    edge.add(interaction, this.#bounds, this.drops);
    if (isHandedOver) edge.handedOver++;
  }

  /** The graph so far: nodes sorted by id, edges by client, then server. Later interactions do not change it. */
  graph(): ServiceGraph {
    const drawn = new Set<GraphNode>();
    /** More is known of them than that DNS has no such name. */
    const found = new Set<GraphNode>();
    const edges: GraphEdge[] = [];
    for (const { node, servers } of this.#byId.values()) {
      for (const [server, edge] of servers) {
        drawn.add(node).add(server.node);
        found.add(node);
        if (!edge.isNameUnknown) found.add(server.node);
        edges.push(edge.toGraphEdge(node.id, server.node.id));
      }
    }
    const nodes = [...drawn].map((node) => (found.has(node) ? node : this.#unlessKnown(node)));
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

  /** Null when the end is new and no further edge has room: its node would never be drawn. */
  #recordOf(end: End): NodeRecord | null {
    const node = toGraphNode(end, this.#merging);
    let record = this.#byId.get(node.id);
    if (record === undefined) {
      if (this.#edgeCount >= this.#maxEdges) return null;
      record = { node, servers: new Map() };
      this.#byId.set(node.id, record);
    } else if ((node.kind ?? "") < (record.node.kind ?? "")) {
      record.node = node; // Two owners of one name: the graph must not depend on who was seen first.
    }
    this.#byEnd.set(end, record);
    return record;
  }
}
