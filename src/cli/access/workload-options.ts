import type { Command } from "commander";
import type { GraphSourceOptions } from "../../graph-source/graph-source.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { printMessage } from "../../output/stderr.ts";
import { readFilter } from "../graph/filter-options.ts";
import { withSourceOptions } from "../graph/source-options.ts";
import { collect } from "../options/option-values.ts";

/** Options of a command that writes an object for each workload, as commander returns them. */
export interface WorkloadOptions extends GraphSourceOptions {
  readonly namespace?: readonly string[];
  readonly allNamespaces?: boolean;
  readonly format?: string;
}

/**
 * Adds the options that select the graph, and the workloads that get an object. There are no conditions on edges: an object
 * from some of the edges of its workload would deny the others.
 */
export function withWorkloadOptions(command: Command): Command {
  return withSourceOptions(command)
    .optionsGroup("Workloads:")
    .option("-n, --namespace <namespace>", "workloads of this namespace, with all their edges; repeatable", collect)
    .option("-A, --all-namespaces", "workloads of all namespaces, the default");
}

/** Whether a workload of this namespace gets an object. Throws ConfigError; namespaces without workloads are a message. */
export function readNamespaces(options: WorkloadOptions, graph: ServiceGraph): (namespace: string | null) => boolean {
  const { namespaces } = readFilter(options, graph);
  const known = new Set(graph.nodes.flatMap((node) => (node.type === "workload" ? (node.namespace ?? []) : [])));
  const where = known.size === 0 ? "it has no workloads" : `it has workloads in ${[...known].sort().join(", ")}`;
  for (const name of namespaces) {
    if (!known.has(name)) printMessage(`the graph has no workload in the namespace ${name}; ${where}`);
  }
  return (name) => namespaces.size === 0 || (name !== null && namespaces.has(name));
}
