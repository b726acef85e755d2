import { newestDescription } from "../../answers/pods-of.ts";
import type { GraphNode, Labels, ServiceGraph } from "../../model/service-graph.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { matches } from "../matches.ts";

/** A selector of one workload's pods, or why there is none. */
type Selection = { readonly selector: Labels } | { readonly reason: string };

/** Finds label selectors that select the pods of one workload and of no other one. */
export class Selectors {
  readonly #byNamespace = new Map<string, GraphNode[]>();

  constructor(graph: ServiceGraph) {
    for (const node of graph.nodes) {
      if (node.type !== "workload" || node.namespace === null) continue;
      const known = this.#byNamespace.get(node.namespace);
      if (known === undefined) this.#byNamespace.set(node.namespace, [node]);
      else known.push(node);
    }
  }

  of(node: GraphNode): Selection {
    const description = newestDescription(node);
    if (description === undefined) return { reason: "the labels of its pods are unknown" };
    if (description.owners.length > 1) {
      return {
        reason: `its pods have several owners: ${description.owners.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
      };
    }
    const { selector } = description;
    if (selector === null || Object.keys(selector).length === 0)
      return { reason: "its pods have no label in common that outlasts them" };
    const other = this.othersSelected(node, selector)[0];
    return other === undefined ? { selector } : { reason: `its selector also selects pods of ${nodeLabel(other)}` };
  }

  /** Other workloads of the node's namespace whose pods have all labels of the selector. */
  othersSelected(node: GraphNode, selector: Labels): readonly GraphNode[] {
    return (this.#byNamespace.get(node.namespace ?? "") ?? []).filter(
      (other) => other.id !== node.id && matches(selector, newestDescription(other)?.labels ?? {}),
    );
  }
}
