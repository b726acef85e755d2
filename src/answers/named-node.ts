import { ConfigError } from "../model/errors.ts";
import type { GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { nodeLabel } from "../render/labels/node-label.ts";

/** Candidates that a message lists. */
const MAX_LISTED = 8;

/**
 * The nodes that a person may mean by a name: an id (`service/shop/cart`), `namespace/name`, or a name alone. A workload
 * is also found by the name of its owner.
 */
export function nodesNamed(graph: ServiceGraph, name: string): readonly GraphNode[] {
  const byId = graph.nodes.filter((node) => node.id === name);
  return byId.length > 0 ? byId : graph.nodes.filter((node) => namesOf(node).includes(name));
}

/** The only node of a name. Throws ConfigError if there is none, or if there are several. */
export function nodeNamed(graph: ServiceGraph, name: string): GraphNode {
  const found = nodesNamed(graph, name);
  const [only, second] = found;
  if (only === undefined)
    throw new ConfigError(`no node of the graph is named ${JSON.stringify(name)}; ${similar(graph, name)}`);
  if (second === undefined) return only;
  throw new ConfigError(`${JSON.stringify(name)} is ambiguous; use one of ${listed(found.map(({ id }) => id))}`);
}

function namesOf(node: GraphNode): readonly string[] {
  const owners = (node.workload ?? []).flatMap(({ owners }) => owners.map((owner) => owner.name));
  const names = [node.name, ...owners];
  return node.namespace === null ? names : [...names, ...names.map((name) => `${node.namespace}/${name}`)];
}

function similar(graph: ServiceGraph, name: string): string {
  const part = (name.split("/").at(-1) ?? name).toLowerCase();
  const found = graph.nodes.filter((node) => isSimilar(node.name.toLowerCase(), part));
  if (found.length === 0) return "wirespan edges lists all of them";
  return `similar: ${listed(found.map(nodeLabel))}`;
}

function isSimilar(name: string, part: string): boolean {
  return name.includes(part) || part.includes(name) || (part.length > 3 && name.startsWith(part.slice(0, 3)));
}

function listed(names: readonly string[]): string {
  const shown = [...new Set(names)].slice(0, MAX_LISTED).join(", ");
  return names.length > MAX_LISTED ? `${shown}, and ${names.length - MAX_LISTED} more` : shown;
}
