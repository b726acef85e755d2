import type { ApiAccess } from "../../kubernetes/client/api-access.ts";
import type { ApiClient } from "../../kubernetes/client/api-client.ts";
import { ApiError, FORBIDDEN } from "../../kubernetes/client/api-error.ts";
import { ConfigError } from "../../model/errors.ts";
import type { Report } from "../../output/stderr.ts";
import { type AgentPod, listAgentPods, listNodeNames } from "./agent-pods.ts";
import { missingRight } from "./rights.ts";

/**
 * The agents of the given namespace, else of all namespaces, else, without the right to list pods there, of the context's
 * namespace. Throws ConfigError if there is none, or if the right to list pods is missing; ApiError.
 */
export async function findAgents(
  client: ApiClient,
  access: ApiAccess,
  given: string | undefined,
  report: Report,
): Promise<readonly AgentPod[]> {
  if (given !== undefined) return agentsIn(client, given);
  try {
    return some(await listAgentPods(client, null), "in this cluster");
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  const namespace = access.namespace ?? "default";
  report(
    `this user cannot list pods in all namespaces: looking for agents in namespace ${namespace}; choose another one with --agent-namespace`,
  );
  return agentsIn(client, namespace);
}

/** All nodes; null without the right to list them. Throws ApiError. */
export async function findNodes(client: ApiClient): Promise<readonly string[] | null> {
  try {
    return await listNodeNames(client);
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}

async function agentsIn(client: ApiClient, namespace: string): Promise<readonly AgentPod[]> {
  try {
    return some(await listAgentPods(client, namespace), `in namespace ${namespace}`);
  } catch (error) {
    if (isForbidden(error)) throw new ConfigError(missingRight(error, "list", "pods", namespace));
    throw error;
  }
}

function some(pods: readonly AgentPod[], where: string): readonly AgentPod[] {
  if (pods.length > 0) return pods;
  throw new ConfigError(
    `no agents found ${where} (pods with the label app.kubernetes.io/name=wirespan and hostNetwork: true); install the chart, or choose another cluster with --context or another namespace with --agent-namespace`,
  );
}

function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === FORBIDDEN;
}
