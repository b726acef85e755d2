import type { End } from "../model/interaction.ts";
import type { GraphNode, ServiceGraph } from "../model/service-graph.ts";

/** Which ends share a node of the graph. */
export interface NodeMerging {
  /** Each cluster node is a graph node; otherwise all of them are one, named `node`. */
  readonly keepNodes: boolean;
  /** All unresolved addresses are one node, as is useful with a cluster; otherwise each address is one. */
  readonly singleUnresolved: boolean;
}

/** `type/namespace/name`, unambiguous for any name: a `/` inside the namespace (DNS allows it) is written `%2F`. */
export function nodeId(type: GraphNode["type"], namespace: string | null, name: string): string {
  const escaped = (namespace ?? "").replaceAll("%", "%25").replaceAll("/", "%2F");
  return `${type}/${escaped}/${name}`;
}

export function makeNode(
  type: GraphNode["type"],
  namespace: string | null,
  name: string,
  kind: string | null = null,
): GraphNode {
  return { id: nodeId(type, namespace, name), type, namespace, name, kind };
}

/** The nodes of a graph by their ids. */
export function nodesById({ nodes }: Pick<ServiceGraph, "nodes">): ReadonlyMap<string, GraphNode> {
  return new Map(nodes.map((node) => [node.id, node]));
}

/** The node of the graph that an end belongs to: (type, namespace, service name). */
export function toGraphNode(end: End, merging: NodeMerging): GraphNode {
  switch (end.type) {
    case "workload":
      return makeNode("workload", end.namespace, end.serviceName, end.kind);
    case "service":
      return makeNode("service", end.namespace, end.name);
    case "node":
      return makeNode("node", null, merging.keepNodes ? end.name : "node");
    case "external":
      return makeNode("external", null, end.name);
    case "unresolved":
      return makeNode("unresolved", null, merging.singleUnresolved ? "unresolved" : end.address);
  }
}
