import { nodesById } from "../../graph/graph-nodes.ts";
import { compareText } from "../../graph/order.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { type Direction, FailureWays, type Step } from "../../reach/failure-ways.ts";
import type { ReachRules } from "../../reach/search.ts";
import { serviceWays } from "../../selection/service-ways.ts";

/** The ways on which a failure travels in a graph, by ids of nodes; sorted by the id of the far end. */
export class GraphWays implements ReachRules<string, GraphEdge> {
  readonly ways: FailureWays<string, GraphEdge>;
  readonly #nodes: ReadonlyMap<string, GraphNode>;

  constructor(graph: ServiceGraph, direction: Direction, targets: readonly GraphNode[]) {
    this.#nodes = nodesById(graph);
    const { behind, dialled } = serviceWays(graph);
    this.ways = new FailureWays(
      {
        edges: graph.edges,
        behind: behind.map(({ service, workload }) => [service.id, workload.id] as const),
        dialled: dialled.map(({ service, edge }) => [service.id, edge] as const),
        compare: compareText,
      },
      direction,
      targets.map(({ id }) => id),
    );
  }

  node(id: string): GraphNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`edge without node ${id}`);
    return node;
  }

  established({ outcomes }: GraphEdge): number {
    return outcomes.established;
  }

  type(id: string): string {
    return this.node(id).type;
  }

  steps({ id }: GraphNode): readonly { readonly to: GraphNode; readonly edge: GraphEdge }[] {
    return this.ways.steps(id).map(({ to, edge }: Step<string, GraphEdge>) => ({ to: this.node(to), edge }));
  }

  alike(nodes: readonly GraphNode[]): readonly GraphNode[] {
    return this.ways.alike(nodes.map(({ id }) => id)).map((id) => this.node(id));
  }
}
