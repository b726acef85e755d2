import { nodesById } from "../../graph/graph-nodes.ts";
import { compareText } from "../../graph/order.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { serviceWays } from "../../selection/service-ways.ts";

/** One step of a search: an edge and the node at its far end. */
interface Step {
  readonly to: GraphNode;
  readonly edge: GraphEdge;
}

/** The steps of a graph in one direction, sorted by the id of the far end. */
export class Steps {
  readonly #byNode = new Map<string, Step[]>();
  readonly #alike = new Map<string, GraphNode[]>();

  /** A Service that is a target is dialed also by clients whose edges end at a workload. */
  constructor(graph: ServiceGraph, direction: "callers" | "needs", targets: readonly GraphNode[]) {
    const nodes = nodesById(graph);
    const nodeOf = (id: string): GraphNode => {
      const node = nodes.get(id);
      if (node === undefined) throw new Error(`edge without node ${id}`);
      return node;
    };
    const { behind, dialled } = serviceWays(graph);
    const isTarget = new Set(targets.map(({ id }) => id));
    for (const edge of graph.edges) {
      if (edge.client === edge.server) continue;
      const [near, far] = direction === "callers" ? [edge.server, edge.client] : [edge.client, edge.server];
      push(this.#byNode, near, { to: nodeOf(far), edge });
    }
    for (const { service, workload } of behind) {
      const [near, far] = direction === "callers" ? [workload, service] : [service, workload];
      push(this.#alike, near.id, far);
    }
    for (const { service, edge } of dialled) {
      if (!isTarget.has(service.id)) continue;
      if (direction === "callers") push(this.#byNode, service.id, { to: nodeOf(edge.client), edge });
      else push(this.#alike, service.id, nodeOf(edge.server));
    }
    for (const steps of this.#byNode.values()) steps.sort((a, b) => compareText(a.to.id, b.to.id));
  }

  from(node: GraphNode): readonly Step[] {
    return this.#byNode.get(node.id) ?? [];
  }

  /** What belongs to the same step as these nodes and is none of them, sorted by id. */
  alike(nodes: readonly GraphNode[]): readonly GraphNode[] {
    const others = new Map(nodes.flatMap(({ id }) => this.#alike.get(id) ?? []).map((node) => [node.id, node]));
    for (const { id } of nodes) others.delete(id);
    return [...others.values()].sort((a, b) => compareText(a.id, b.id));
  }
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
