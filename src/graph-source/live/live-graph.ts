// EDGE: the environment
import { findApiAccess } from "../../kubernetes/client/api-access.ts";
import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";

/** Options of the running agents, as commander returns them. */
export interface LiveOptions {
  /** Read the agents also where no other option says so. */
  readonly live?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly agentNamespace?: string;
}

/** The graph of all agents that answer, merged. Throws ConfigError. */
export async function readLiveGraph(options: LiveOptions): Promise<ServiceGraph> {
  const access = await findApiAccess(options.kubeconfig, process.env);
  if (access === null) {
    throw new ConfigError(
      "no graph given and no kubeconfig found; give a capture file, --graph FILE, --prometheus URL or --kubeconfig FILE",
    );
  }
  throw new ConfigError("reading running agents is not supported yet; give a capture file or --graph FILE");
}
