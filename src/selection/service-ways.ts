import type { GraphEdge, GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { mayLeadTo } from "./service-pods.ts";

/** How Services of a graph and workloads belong together, beside its edges. */
interface ServiceWays {
  /** Services at which edges end, because no packet showed which workload served, with each workload that may have. */
  readonly behind: readonly { readonly service: GraphNode; readonly workload: GraphNode }[];
  /** Edges to a workload whose clients dialed a Service, with each Service that is a node of the graph. */
  readonly dialled: readonly { readonly service: GraphNode; readonly edge: GraphEdge }[];
}

export function serviceWays({ nodes, edges }: ServiceGraph): ServiceWays {
  const services = new Map<string, GraphNode>();
  const workloads = new Map<string | null, GraphNode[]>();
  for (const node of nodes) {
    if (node.type === "service") services.set(`${node.namespace}/${node.name}`, node);
    if (node.type !== "workload") continue;
    const known = workloads.get(node.namespace);
    if (known === undefined) workloads.set(node.namespace, [node]);
    else known.push(node);
  }
  const servers = new Set(edges.map(({ server }) => server));
  const ends = [...services.values()].filter(({ id }) => servers.has(id));
  return {
    behind: ends.flatMap((service) =>
      (workloads.get(service.namespace) ?? [])
        .filter((workload) => mayLeadTo(service, workload))
        .map((workload) => ({ service, workload })),
    ),
    dialled: edges.flatMap((edge) =>
      [...new Set(edge.flows.map(({ service }) => service))].flatMap((name) => {
        const service = name === null ? undefined : services.get(name);
        return service === undefined || service.id === edge.server ? [] : [{ service, edge }];
      }),
    ),
  };
}
