import { checkNamespaces } from "../../graph/named-nodes.ts";
import { parseResourceName } from "../../graph/resource-name.ts";
import { ConfigError } from "../../model/errors.ts";
import type { GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { nodeNamed } from "../named-node.ts";
import { lossOfNode, type NodeLoss, nodesWithPods, type SinglePoint, singlePoints } from "./node-loss.ts";

/** What fails. */
export interface Target {
  /** As a person names it: `shop/payments`, `node/worker-1`, `namespace/shop`. */
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  /** Only for a Kubernetes node. */
  readonly loss: NodeLoss | null;
  readonly singlePoints: readonly SinglePoint[];
}

/**
 * The target of a name: `node/N` and `namespace/N`, also as kubectl shortens them, otherwise a node of the graph, whose name is looked up in these
 * namespaces if it has none (empty: in all). Throws ConfigError.
 */
export function targetNamed(graph: ServiceGraph, name: string, namespaces: ReadonlySet<string>): Target {
  const resource = parseResourceName(name);
  const [word = ""] = name.split("/");
  // A short name such as `no` may also be a namespace.
  const isType = word === resource?.type || graph.nodes.every((node) => node.namespace !== word);
  if (resource !== null && isType && !resource.name.includes("/")) {
    if (resource.type === "node") return kubernetesNode(graph, resource.name);
    if (resource.type === "namespace") return namespace(graph, resource.name);
  }
  const node = nodeNamed(graph, name, namespaces);
  const title = node.namespace === null ? node.name : `${node.namespace}/${node.name}`;
  return { title, nodes: [node], loss: null, singlePoints: [] };
}

function kubernetesNode(graph: ServiceGraph, name: string): Target {
  const known = nodesWithPods(graph);
  if (!known.includes(name)) {
    const fix =
      known.length === 0
        ? "the graph does not say where pods run; use --live, or replay with --cluster"
        : `nodes with pods: ${known.slice(0, 8).join(", ")}${known.length > 8 ? ", …" : ""}`;
    throw new ConfigError(`no workload of the graph has a pod on node ${JSON.stringify(name)}; ${fix}`);
  }
  const loss = lossOfNode(graph, name);
  const nodes = loss.all.map(({ node }) => node);
  return { title: `node/${name}`, nodes, loss, singlePoints: singlePoints(graph, name) };
}

function namespace(graph: ServiceGraph, name: string): Target {
  checkNamespaces(graph, new Set([name]));
  const nodes = graph.nodes.filter(({ namespace, type }) => namespace === name && type !== "node");
  return { title: `namespace/${name}`, nodes, loss: null, singlePoints: [] };
}
