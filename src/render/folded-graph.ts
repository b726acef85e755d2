import type { GraphEdge, GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { connectionCount, failureCount, lookupCount } from "./labels/edge-figures.ts";

/** Edges between two namespaces, or ends outside of them, as one. */
export interface Bundle {
  /** `GraphNode.id` of both ends of the folded graph. */
  readonly client: string;
  readonly server: string;
  /** How many edges it stands for. */
  readonly edges: number;
  readonly connections: number;
  readonly lookups: number;
  readonly failed: number;
}

interface FoldedGraph {
  /** One for each namespace, with the namespace as its name, and one for each type of the nodes without a namespace. */
  readonly nodes: readonly GraphNode[];
  /** Sorted by failures, then connections, most first. Edges inside a namespace are a loop. */
  readonly bundles: readonly Bundle[];
}

/** A graph with one node for each namespace. */
export function foldByNamespace({ nodes, edges }: Pick<ServiceGraph, "nodes" | "edges">): FoldedGraph {
  const folded = new Map(nodes.map((node) => [node.id, foldedNode(node)]));
  const bundles = new Map<string, Bundle>();
  for (const edge of edges) {
    const [client, server] = [folded.get(edge.client)?.id ?? edge.client, folded.get(edge.server)?.id ?? edge.server];
    const key = JSON.stringify([client, server]);
    bundles.set(
      key,
      added(bundles.get(key) ?? { client, server, edges: 0, connections: 0, lookups: 0, failed: 0 }, edge),
    );
  }
  return {
    nodes: [...new Map([...folded.values()].map((node) => [node.id, node])).values()],
    bundles: [...bundles.values()].sort((a, b) => b.failed - a.failed || b.connections - a.connections),
  };
}

function added(bundle: Bundle, edge: GraphEdge): Bundle {
  return {
    ...bundle,
    edges: bundle.edges + 1,
    connections: bundle.connections + connectionCount(edge),
    lookups: bundle.lookups + lookupCount(edge),
    failed: bundle.failed + failureCount(edge),
  };
}

function foldedNode({ type, namespace }: GraphNode): GraphNode {
  return namespace === null
    ? { id: type, type, namespace: null, name: type, kind: null }
    : { id: `namespace/${namespace}`, type: "workload", namespace: null, name: namespace, kind: null };
}
