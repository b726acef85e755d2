// graph: between report and render. Sums up interactions as the edges of a service graph. Pure: the same interactions give
// the same graph in any order, as long as no bound is reached.
import { FairShares } from "../bounded/fair-shares.ts";
import type { End, Interaction } from "../model/interaction.ts";
import type { GraphEdge, GraphNode, Observation, ServiceGraph, StreamedGraph } from "../model/service-graph.ts";
import { MAX_VALUES } from "./bounds.ts";
import { type EdgeBounds, type EdgeDrops, EdgeRecord, partOf } from "./edge-record.ts";
import { edgeOf } from "./edge-sums.ts";
import { type NodeMerging, toGraphNode } from "./graph-nodes.ts";
import { ObservedNodes } from "./observed-nodes.ts";
import { compareText } from "./order.ts";

/** Default maximum of edges in a graph. */
export const MAX_EDGES = 50_000;

interface EdgeStoreOptions extends Partial<NodeMerging>, Partial<EdgeBounds> {
  /** Whether the cluster has the Service; by default it has none. */
  readonly hasService?: (namespace: string, name: string) => boolean;
  /** Maximum of edges. Beyond it, edges of the clients with the most edges are dropped. */
  readonly maxEdges?: number;
}

/** What a graph says beside its nodes and edges. */
interface GraphContext {
  readonly cluster: string | null;
  readonly incomplete: readonly string[];
  /** One for each reporter, found by its node; those that reported nothing too. */
  readonly observed: readonly Observation[];
}

/** Interactions dropped at a bound: of edges beyond `maxEdges`; values beyond the bound of an edge. */
interface EdgeStoreDrops extends EdgeDrops {
  interactions: number;
}

/** A graph node with its outgoing edges, so that an edge is found without building a key. */
interface NodeRecord {
  node: GraphNode;
  readonly servers: Map<NodeRecord, EdgeRecord>;
  /** Number of edges from and to it. A node without edges is removed. */
  degree: number;
}

/**
 * A growing service graph: nodes are (type, namespace, service name), edges (client node, server node).
 * The resolver uses the same `End` object for the same end, so nodes are found by identity.
 * Clients share the maximum of edges fairly: a client that scans, or looks up names without end, evicts only its own.
 */
export class EdgeStore {
  readonly drops: EdgeStoreDrops = { interactions: 0, names: 0, ports: 0, flows: 0, addresses: 0 };
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
      maxNamesPerEdge: options.maxNamesPerEdge ?? MAX_VALUES,
      maxPortsPerEdge: options.maxPortsPerEdge ?? MAX_VALUES,
      maxFlowsPerEdge: options.maxFlowsPerEdge ?? MAX_VALUES,
      maxAddressesPerEdge: options.maxAddressesPerEdge ?? MAX_VALUES,
    };
    this.#hasService = options.hasService ?? (() => false);
    this.#shares = new FairShares(options.maxEdges ?? MAX_EDGES);
  }

  get edgeCount(): number {
    return this.#shares.size;
  }

  /** `isBothInstrumented`: no span pair is made, because both ends send their own spans. */
  add(interaction: Interaction, isBothInstrumented = false): void {
    const client = this.#known(interaction.client) ?? this.#recordOf(interaction.client);
    const server = this.#known(interaction.server) ?? this.#recordOf(interaction.server, client);
    const { reporter } = interaction;
    const known = client.servers.get(server);
    const edge = known === undefined ? this.#makeEdge(client, server, reporter) : partOf(known, reporter);
    if (edge === null) {
      this.drops.interactions++;
      return;
    }
    // A new part begins the list: recordings are read one after the other.
    if (known !== undefined && edge.next === known) client.servers.set(server, edge);
    edge.add(interaction, this.#bounds, this.drops);
    if (isBothInstrumented) edge.bothInstrumented++;
  }

  /** The graph so far: nodes sorted by id, edges by client, then server. Later interactions do not change it. */
  graph(context: Partial<GraphContext> = {}): ServiceGraph {
    const graph = this.stream(context);
    return { ...graph, edges: [...graph.edges] };
  }

  /**
   * The same with edges that are made one by one when they are read. An edge that is read later may have counted more
   * interactions meanwhile; nodes and edges that are added later are not included.
   */
  stream({ cluster = null, incomplete = [], observed = [] }: Partial<GraphContext> = {}): StreamedGraph {
    const observedNodes = new ObservedNodes(observed);
    /** Nodes with other interactions than failed lookups of their name. */
    const found = new Set<GraphNode>();
    const edges: StoredEdge[] = [];
    const records = [...this.#byId.values()].sort(compareRecords);
    for (const { node, servers } of records) {
      const own: StoredEdge[] = [];
      for (const [server, edge] of servers) {
        found.add(node);
        if (!edge.isNameUnknown) found.add(server.node);
        observedNodes.see(edge);
        own.push({ client: node.id, server: server.node.id, edge });
      }
      for (const each of own.sort((a, b) => compareText(a.server, b.server))) edges.push(each);
    }
    return {
      cluster,
      incomplete: [...new Set(incomplete)].sort(compareText),
      observed: observedNodes.observed(),
      nodes: records.map(({ node }) => (found.has(node) ? node : this.#unlessKnown(node))),
      edges: graphEdges(edges, observedNodes),
    };
  }

  /** An existing Service may have no name in DNS either, if it has no endpoints. */
  #unlessKnown(node: GraphNode): GraphNode {
    const isMissing = node.type === "service" && !this.#hasService(node.namespace ?? "", node.name);
    return isMissing ? { ...node, isMissing } : node;
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

  /** Null if the client has no share left. */
  #makeEdge(client: NodeRecord, server: NodeRecord, reporter: string | null): EdgeRecord | null {
    const removed = this.#shares.add(client, server);
    if (removed !== null && removed.owner === client) return null;
    if (removed !== null) this.#removeEdge(removed.owner, removed.item);
    const edge = new EdgeRecord(reporter, null);
    client.servers.set(server, edge);
    this.#addEdgeTo(client);
    this.#addEdgeTo(server);
    return edge;
  }

  #removeEdge(client: NodeRecord, server: NodeRecord): void {
    this.drops.interactions += client.servers.get(server)?.interactions ?? 0;
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

interface StoredEdge {
  readonly client: string;
  readonly server: string;
  readonly edge: EdgeRecord;
}

function* graphEdges(edges: readonly StoredEdge[], observed: ObservedNodes): Generator<GraphEdge> {
  for (const { client, server, edge } of edges) yield edgeOf(client, server, observed.partsOf(edge));
}

function compareRecords(a: NodeRecord, b: NodeRecord): number {
  return compareText(a.node.id, b.node.id);
}
