import { RELEASE_LABELS } from "../../kubernetes/objects/known-labels.ts";
import type { GraphNode, Labels, ServiceGraph } from "../../model/service-graph.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { mayMatch } from "../../selection/matches.ts";
import { newestDescription } from "../../selection/newest-description.ts";

/** A selector of one workload's pods, or why there is none. */
type Selection = { readonly selector: Labels; readonly remark: string | null } | { readonly reason: string };

/** Finds label selectors that select the pods of one workload and of no other one. */
export class Selectors {
  readonly #byNamespace = new Map<string, GraphNode[]>();
  /** By the id of the node. */
  readonly #found = new Map<string, Selection>();

  constructor(graph: ServiceGraph) {
    for (const node of graph.nodes) {
      if (node.type !== "workload" || node.namespace === null) continue;
      const known = this.#byNamespace.get(node.namespace);
      if (known === undefined) this.#byNamespace.set(node.namespace, [node]);
      else known.push(node);
    }
  }

  of(node: GraphNode): Selection {
    const known = this.#found.get(node.id);
    if (known !== undefined) return known;
    const found = this.#find(node);
    this.#found.set(node.id, found);
    return found;
  }

  #find(node: GraphNode): Selection {
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
    if (other !== undefined) return { reason: `its selector also selects pods of ${nodeLabel(other)}` };
    return description.selectorFrom === "owner" ? { selector, remark: null } : this.#lasting(node, selector);
  }

  /** Labels that pods share may be those of this release. Each that the selector does not need is left out. */
  #lasting(node: GraphNode, shared: Labels): Selection {
    let selector = shared;
    for (const name of RELEASE_LABELS) {
      const { [name]: _, ...others } = selector;
      const isEnough = Object.keys(others).length > 0 && this.othersSelected(node, others).length === 0;
      if (isEnough) selector = others;
    }
    const kept = RELEASE_LABELS.filter((name) => Object.hasOwn(selector, name));
    if (kept.length === 0) return { selector, remark: null };
    const names = kept.join(", ");
    return {
      selector,
      remark: `its selector needs ${names} to distinguish its pods: write the policies again when a release changes that`,
    };
  }

  /** Other workloads of the node's namespace with pods that may have all labels of the selector. */
  othersSelected(node: GraphNode, selector: Labels): readonly GraphNode[] {
    return (this.#byNamespace.get(node.namespace ?? "") ?? []).filter((other) => {
      const description = newestDescription(other);
      return other.id !== node.id && description !== undefined && mayMatch(selector, description);
    });
  }
}
