import type {
  GraphNode,
  Labels,
  ServiceDescription,
  ServiceGraph,
  WorkloadDescription,
} from "../../../src/model/service-graph.ts";

/** A description of a workload whose pods have these labels, which its owner selects. */
export function description(labels: Labels, fields: Partial<WorkloadDescription> = {}): WorkloadDescription {
  return {
    atMicros: 1_795_417_363_000_000,
    scope: null,
    owners: [{ kind: "Deployment", name: labels.app ?? "unnamed" }],
    selector: labels,
    selectorFrom: "pods",
    labels,
    differingLabels: [],
    ports: [],
    pods: { total: 2, ready: 2, byNode: { "worker-1": { total: 2, ready: 2 } } },
    ownSpans: "unsaid",
    hostNetwork: false,
    schedule: null,
    namedBy: ["owner"],
    language: null,
    ...fields,
  };
}

/** A Service with one port, and these fields. */
export function service(fields: Partial<ServiceDescription> = {}): ServiceDescription {
  return {
    atMicros: 1_795_417_363_000_000,
    selector: null,
    clusterIPs: ["10.96.0.43"],
    type: "ClusterIP",
    externalTrafficPolicy: null,
    sourceRanges: [],
    ports: [{ name: null, port: 80, targetPort: 8080, nodePort: null }],
    ...fields,
  };
}

/** The graph with its workloads described by the label `app`, and with these changes and further nodes by id. */
export function described(
  graph: ServiceGraph,
  changes: Readonly<Record<string, Partial<GraphNode>>> = {},
): ServiceGraph {
  const known = new Set(graph.nodes.map(({ id }) => id));
  const added = Object.entries(changes)
    .filter(([id]) => !known.has(id))
    .map(([id]) => nodeOfId(id));
  const nodes = [...graph.nodes, ...added].map((node): GraphNode => {
    const workload =
      node.type === "workload"
        ? {
            workload: [
              description({ app: node.name }, { owners: [{ kind: node.kind ?? "Deployment", name: node.name }] }),
            ],
          }
        : {};
    return { ...node, ...workload, ...changes[node.id] };
  });
  return { ...graph, nodes: nodes.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

function nodeOfId(id: string): GraphNode {
  const [type, namespace = "", name = ""] = id.split("/");
  return {
    id,
    type: type as GraphNode["type"],
    namespace: namespace === "" ? null : namespace,
    name,
    kind: type === "workload" ? "Deployment" : null,
  };
}
