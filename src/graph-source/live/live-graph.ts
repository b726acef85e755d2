// EDGE: the environment
/** graph-source/live: the graph of the running agents, read from each through the Kubernetes API with the user's rights. */
import { mergeGraphs } from "../../graph/merge.ts";
import { ownIncomplete, withIncomplete } from "../../graph/observations.ts";
import { findApiAccess } from "../../kubernetes/client/api-access.ts";
import { ApiClient } from "../../kubernetes/client/api-client.ts";
import { ApiError } from "../../kubernetes/client/api-error.ts";
import { serverProblem } from "../../kubernetes/client/watch-state.ts";
import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { canShowProgress, newProgressBar } from "../../output/progress-bar.ts";
import { printMessage, type Report } from "../../output/stderr.ts";
import type { AgentPod } from "./agent-pods.ts";
import { AgentReader, READ_LIMITS, type ReadLimits } from "./agent-reader.ts";
import { findAgents, findNodes } from "./find-agents.ts";
import { type AgentAnswer, readAgents } from "./read-agents.ts";
import { silentNodes } from "./silent-nodes.ts";

/** Options of the running agents, as commander returns them. */
export interface LiveOptions {
  /** Read the agents also where no other option says so. */
  readonly live?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly agentNamespace?: string;
  /** What to pass where there is no cluster; completes a message. */
  readonly instead?: string;
}

const OTHER_SOURCES = "a capture file, --graph FILE, --prometheus URL or --kubeconfig FILE";

/**
 * The merged graph of all agents that answered; `incomplete` names the others, and nodes without an agent. Throws
 * ConfigError if there is no cluster, no agent, or no answer.
 */
export async function readLiveGraph(
  options: LiveOptions,
  { limits = READ_LIMITS, report = printMessage }: { readonly limits?: ReadLimits; readonly report?: Report } = {},
): Promise<ServiceGraph> {
  const access = await findApiAccess(options.kubeconfig, process.env, options.context);
  if (access === null) {
    throw new ConfigError(`no source of a graph and no kubeconfig found; pass ${options.instead ?? OTHER_SOURCES}`);
  }
  const client = new ApiClient(access);
  try {
    const pods = await findAgents(client, access, options.agentNamespace, report);
    const nodes = await findNodes(client);
    const answers = await readAll(pods, new AgentReader(access, limits));
    return mergedGraph(answers, silentNodes(answers, nodes));
  } catch (error) {
    throw error instanceof ApiError ? new ConfigError(`${serverProblem(error)} (${access.origin})`) : error;
  } finally {
    client.close();
  }
}

async function readAll(pods: readonly AgentPod[], reader: AgentReader): Promise<readonly AgentAnswer[]> {
  const bar = canShowProgress() ? await newProgressBar("{bar} {value} of {total} agents read") : null;
  bar?.start(pods.length, 0);
  try {
    return await readAgents(
      pods,
      (pod, port) => reader.read(pod, port),
      () => bar?.increment(),
    );
  } finally {
    bar?.stop();
  }
}

function mergedGraph(answers: readonly AgentAnswer[], missing: readonly string[]): ServiceGraph {
  const graphs = answers.flatMap(({ graph }) => graph ?? []);
  if (graphs.length === 0) throw new ConfigError(missing.join("; "));
  const merged = mergeGraphs(graphs);
  return { ...merged, ...withIncomplete([...ownIncomplete(merged), ...missing], merged.observed) };
}
