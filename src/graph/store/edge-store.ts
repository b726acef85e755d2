// graph: between report and render. Sums up interactions as the edges of a service graph. Pure: the same interactions give
// the same graph in any order, as long as no bound is reached.
import { FairShares } from "../../bounded/fair-shares.ts";
import type { End, Interaction, KnownFlow } from "../../model/interaction.ts";
import type { GraphEdge, GraphNode, Observation, ServiceGraph, StreamedGraph } from "../../model/service-graph.ts";
import { edgeOf } from "../edge-sums.ts";
import { type NodeMerging, toGraphNode } from "../graph-nodes.ts";
import { withIncomplete } from "../observations.ts";
import { compareText } from "../order.ts";
import { type EdgeBounds, EdgeDetails, type EdgeDrops } from "./edge-details.ts";
import { type EdgeFlow, EdgeRecord, type EdgeTables, partOf } from "./edge-record.ts";
import { addToSums, FlowRecord } from "./flow-records.ts";
import { FlowSums } from "./flow-sums.ts";
import { LatencyHistograms } from "./latency-histograms.ts";
import { ObservedNodes } from "./observed-nodes.ts";

/** Default maximum of edges in a graph. */
export const MAX_EDGES = 50_000;
/** Default maximum of flows, names, ports and addresses of all edges, beside the first of each edge. */
const MAX_DETAILS = 200_000;

interface EdgeStoreOptions extends Partial<NodeMerging>, Partial<EdgeBounds> {
  /** Whether the cluster has the Service; by default it has none. */
  readonly hasService?: (namespace: string, name: string) => boolean;
  /** Maximum of edges. Beyond it, edges of the clients with the most edges are dropped. */
  readonly maxEdges?: number;
  /** Maximum of flows, names, ports and addresses; beyond it, the clients with the most lose some. */
  readonly maxDetails?: number;
}

/** What a graph says beside its nodes and edges. */
interface GraphContext {
  readonly cluster: string | null;
  readonly incomplete: readonly string[];
  /** One for each reporter, found by its node; those that reported nothing too. */
  readonly observed: readonly Observation[];
}

/** Dropped at a bound: interactions of edges beyond `maxEdges`; values beyond the bounds of an edge or of all. */
interface EdgeStoreDrops extends EdgeDrops {
  interactions: number;
}

type StoredEdge = EdgeRecord<NodeRecord>;

/** A graph node with its outgoing edges, so that an edge is found without building a key. */
interface NodeRecord {
  node: GraphNode;
  readonly servers: Map<NodeRecord, StoredEdge>;
  /** Number of edges from and to it. A node without edges is removed. */
  degree: number;
}

/**
 * A growing service graph: nodes are (type, namespace, service name), edges (client node, server node).
 * The resolver uses the same `End` object for the same end, so nodes are found by identity.
 * Clients share the maximum of edges fairly: a client that scans, or looks up names without end, evicts only its own.
 */
export class EdgeStore {
  readonly #merging: NodeMerging;
  readonly #tables: EdgeTables<NodeRecord>;
  #droppedInteractions = 0;
  /** All reporters that an edge ever had. */
  readonly #reporters = new Set<string | null>();
  readonly #byEnd = new WeakMap<End, NodeRecord>();
  readonly #byId = new Map<string, NodeRecord>();
  readonly #hasService: (namespace: string, name: string) => boolean;
  /** The servers of each client, one for each edge. */
  readonly #shares: FairShares<NodeRecord, NodeRecord>;

  constructor(options: EdgeStoreOptions = {}) {
    this.#merging = { keepNodes: options.keepNodes ?? false, singleUnresolved: options.singleUnresolved ?? false };
    const details = new EdgeDetails<NodeRecord>(options, options.maxDetails ?? MAX_DETAILS);
    this.#tables = { details, sums: { flows: new FlowSums(), handshakes: new LatencyHistograms() } };
    this.#hasService = options.hasService ?? (() => false);
    this.#shares = new FairShares(options.maxEdges ?? MAX_EDGES);
  }

  get edgeCount(): number {
    return this.#shares.size;
  }

  get drops(): EdgeStoreDrops {
    return { interactions: this.#droppedInteractions, ...this.#tables.details.drops };
  }

  /** `isBothInstrumented`: no span pair is made, because both ends send their own spans. */
  add(interaction: Interaction, isBothInstrumented = false): void {
    const { flow = null } = interaction;
    const isAdded = flow !== null && addToSums(flow, this.#tables.sums, interaction);
    if (isAdded && !isBothInstrumented) return;
    const edge = this.#knownEdge(flow) ?? this.#edgeOf(interaction);
    if (edge === null) {
      this.#droppedInteractions++;
      return;
    }
    if (!isAdded) edge.add(interaction);
    if (isBothInstrumented) edge.bothInstrumented++;
  }

  /** The edge that the last interaction of the flow was added to, unless its record was dropped. */
  #knownEdge(flow: KnownFlow | null): StoredEdge | null {
    const record: EdgeFlow<NodeRecord> | object | null = flow === null ? null : flow.record;
    return record instanceof FlowRecord && record.isIn(this.#tables.sums) ? record.edge : null;
  }

  /** Null if the client has no share left. */
  #edgeOf(interaction: Interaction): StoredEdge | null {
    const client = this.#known(interaction.client) ?? this.#recordOf(interaction.client);
    const server = this.#known(interaction.server) ?? this.#recordOf(interaction.server, client);
    const { reporter } = interaction;
    const known = client.servers.get(server);
    const edge = known === undefined ? this.#makeEdge(client, server, reporter) : partOf(known, reporter);
    if (known !== undefined && edge !== null && edge.next === known) {
      // A new part begins the list: recordings are read one after the other.
      client.servers.set(server, edge);
      this.#reporters.add(reporter);
    }
    return edge;
  }

  /** The graph so far: nodes sorted by id, edges by client, then server. Later interactions do not change it. */
  graph(context: Partial<GraphContext> = {}): ServiceGraph {
    const graph = this.stream(context);
    return { ...graph, edges: [...graph.edges] };
  }

  /**
   * The same, with edges that are made one by one while they are read, once. They may have counted more interactions by
   * then; nodes and reporters that are added later are not included.
   */
  stream({ cluster = null, incomplete = [], observed = [] }: Partial<GraphContext> = {}): StreamedGraph {
    const records = [...this.#byId.values()].sort(compareRecords);
    const observedNodes = new ObservedNodes(observed);
    if (!observedNodes.knows(this.#reporters)) {
      for (const { servers } of records) for (const edge of servers.values()) observedNodes.see(edge);
    }
    const missing = this.#missing(records);
    return {
      cluster,
      ...withIncomplete(incomplete, observedNodes.observed()),
      nodes: records.map(({ node }) => (missing.has(node) ? { ...node, isMissing: true } : node)),
      edges: edgesOf(records, observedNodes),
    };
  }

  /** Services that do not exist. An existing one may have no name in DNS either, if it has no endpoints. */
  #missing(records: readonly NodeRecord[]): ReadonlySet<GraphNode> {
    const missing = new Set<GraphNode>();
    const found = new Set<GraphNode>();
    for (const { servers } of records) {
      for (const [{ node, servers: own }, edge] of servers) {
        if (node.type !== "service" || found.has(node)) continue;
        if (own.size > 0 || !edge.isNameUnknown || this.#hasService(node.namespace ?? "", node.name)) found.add(node);
        else missing.add(node);
      }
    }
    for (const node of found) missing.delete(node);
    return missing;
  }

  #known(end: End): NodeRecord | undefined {
    const record = this.#byEnd.get(end);
    return record !== undefined && record.degree > 0 ? record : undefined;
  }

  /** The record of an end; a new record is not in the graph until it has an edge. `other`: another new record. */
  #recordOf(end: End, other?: NodeRecord): NodeRecord {
    const node = toGraphNode(end, this.#merging);
    const record = this.#byId.get(node.id) ?? (other?.node.id === node.id ? other : undefined);
    if (record === undefined) {
      const made = { node, servers: new Map(), degree: 0 };
      this.#byEnd.set(end, made);
      return made;
    }
    // Two owners with one name: the graph must not depend on the order of interactions.
    if ((node.kind ?? "") < (record.node.kind ?? "")) record.node = node;
    this.#byEnd.set(end, record);
    return record;
  }

  #makeEdge(client: NodeRecord, server: NodeRecord, reporter: string | null): StoredEdge | null {
    const removed = this.#shares.add(client, server);
    if (removed !== null && removed.owner === client) return null;
    if (removed !== null) this.#removeEdge(removed.owner, removed.item);
    const edge = new EdgeRecord(client, reporter, null, this.#tables);
    this.#reporters.add(reporter);
    client.servers.set(server, edge);
    this.#addEdgeTo(client);
    this.#addEdgeTo(server);
    return edge;
  }

  #removeEdge(client: NodeRecord, server: NodeRecord): void {
    const edge = client.servers.get(server);
    this.#droppedInteractions += edge?.interactions ?? 0;
    edge?.end();
    client.servers.delete(server);
    this.#removeEdgeFrom(client);
    this.#removeEdgeFrom(server);
  }

  #addEdgeTo(record: NodeRecord): void {
    if (record.degree === 0) this.#byId.set(record.node.id, record);
    record.degree++;
  }

  #removeEdgeFrom(record: NodeRecord): void {
    record.degree--;
    if (record.degree === 0) this.#byId.delete(record.node.id);
  }
}

/** Edges in order, between nodes that are in `records`. */
function* edgesOf(records: readonly NodeRecord[], observed: ObservedNodes): Generator<GraphEdge> {
  const nodes = new Set(records);
  for (const { node, servers } of records) {
    const sorted = [...servers].sort(([a], [b]) => compareRecords(a, b));
    for (const [server, edge] of sorted) {
      const parts = nodes.has(server) ? observed.partsOf(edge) : [];
      if (parts.length > 0) yield edgeOf(node.id, server.node.id, parts);
    }
  }
}

function compareRecords(a: NodeRecord, b: NodeRecord): number {
  return compareText(a.node.id, b.node.id);
}
