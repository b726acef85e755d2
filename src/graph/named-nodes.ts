import { ConfigError } from "../model/errors.ts";
import type { GraphNode, ServiceGraph } from "../model/service-graph.ts";
import { parseResourceName } from "./resource-name.ts";

/**
 * The nodes that a person names: by name, `namespace/name`, `type/name` or id, otherwise as kubectl does; a workload also by
 * the name of its owner. Empty if there is none.
 */
export function nodesNamed({ nodes }: ServiceGraph, written: string): GraphNode[] {
  const named = nodes.filter((node) => node.id === written || spellings(node).includes(written));
  const resource = parseResourceName(written);
  if (named.length > 0 || resource === null) return named;
  return nodes.filter((node) => isOfType(node, resource.type) && spellings(node).includes(resource.name));
}

/** Whether a node is of a type that kubectl names. A workload of an unknown kind may be of each. */
function isOfType({ type, kind, workload = [] }: GraphNode, wanted: string): boolean {
  if (type !== "workload" || wanted === "workload") return type === wanted;
  const kinds = [kind, ...workload.flatMap(({ owners }) => owners.map((owner) => owner.kind))];
  return kinds.some((each) => each?.toLowerCase() === wanted) || (kind === null && isWorkloadType(wanted));
}

function isWorkloadType(type: string): boolean {
  return !["service", "node", "namespace"].includes(type);
}

function spellings({ type, namespace, name, workload = [] }: GraphNode): readonly string[] {
  const names = [name, ...workload.flatMap(({ owners }) => owners.map((owner) => owner.name))];
  return names.flatMap((each) => [each, `${namespace ?? type}/${each}`]);
}

const MAX_SUGGESTIONS = 3;
/** Longer names are compared by their beginnings. */
const MAX_COMPARED = 64;
const MAX_DISTANCE = 2;

/** Names similar to one that no node has, most similar first; at most three. */
function similarNames({ nodes }: ServiceGraph, written: string): string[] {
  const [wanted = ""] = written.toLowerCase().split("/").slice(-1);
  const near = nodes
    .map((node) => ({ node, distance: distanceTo(node.name.toLowerCase(), wanted) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance);
  const names = near.map(({ node }) => (node.namespace === null ? node.name : `${node.namespace}/${node.name}`));
  return [...new Set(names)].slice(0, MAX_SUGGESTIONS);
}

/** Changed, missing and added characters; 1 if one name contains the other; more than MAX_DISTANCE: not similar. */
function distanceTo(name: string, wanted: string): number {
  const [a, b] = [name.slice(0, MAX_COMPARED), wanted.slice(0, MAX_COMPARED)];
  if (a === b) return 0;
  if (b.length > MAX_DISTANCE && (a.includes(b) || (a.length > MAX_DISTANCE && b.includes(a)))) return 1;
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? MAX_DISTANCE + 1;
}

/** What to do about a name that no node has: completes a message. */
export function unknownNodeHint(graph: ServiceGraph, written: string): string {
  const similar = similarNames(graph, written);
  return similar.length > 0 ? `did you mean ${similar.join(", ")}?` : "wirespan edges lists the nodes";
}

/** Namespaces that a message lists. */
const MAX_NAMESPACES = 8;

/** Throws ConfigError for a namespace that the graph does not have. */
export function checkNamespaces(graph: ServiceGraph, namespaces: ReadonlySet<string>): void {
  const known = new Set(graph.nodes.flatMap(({ namespace }) => namespace ?? []));
  for (const name of namespaces) {
    if (known.has(name)) continue;
    const names = [...known].sort();
    const shown = names.slice(0, MAX_NAMESPACES).join(", ") + (names.length > MAX_NAMESPACES ? ", …" : "");
    throw new ConfigError(
      `the graph has no namespace ${JSON.stringify(name)}; it has ${shown === "" ? "none" : shown}`,
    );
  }
}
