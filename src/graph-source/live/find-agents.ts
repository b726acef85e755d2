import type { ApiAccess } from "../../kubernetes/client/api-access.ts";
import type { ApiClient } from "../../kubernetes/client/api-client.ts";
import { ApiError, FORBIDDEN } from "../../kubernetes/client/api-error.ts";
import { missingPods, readDaemonSet } from "../../kubernetes/client/daemon-set.ts";
import { ConfigError } from "../../model/errors.ts";
import type { Report } from "../../output/stderr.ts";
import { type AgentPod, listAgentPods, listDaemonSets, listNodeNames } from "./agent-pods.ts";
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
  if (given !== undefined) return ofNamespace(client, given);
  try {
    return await agentsIn(client, null);
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  const namespace = access.namespace ?? "default";
  report(
    `this user cannot list pods in all namespaces: looking for agents in namespace ${namespace}; choose another one with --agent-namespace`,
  );
  return ofNamespace(client, namespace);
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

async function ofNamespace(client: ApiClient, namespace: string): Promise<readonly AgentPod[]> {
  try {
    return await agentsIn(client, namespace);
  } catch (error) {
    if (isForbidden(error)) throw new ConfigError(missingRight(error, "list", "pods", namespace));
    throw error;
  }
}

async function agentsIn(client: ApiClient, namespace: string | null): Promise<readonly AgentPod[]> {
  const pods = await listAgentPods(client, namespace);
  if (pods.length > 0) return pods;
  const where = namespace === null ? "in this cluster" : `in namespace ${namespace}`;
  throw new ConfigError(
    (await whyNoPods(client, namespace)) ??
      `no agents found ${where} (pods with the label app.kubernetes.io/name=wirespan and hostNetwork: true); install the chart, or choose another cluster with --context or another namespace with --agent-namespace`,
  );
}

/** Where the chart is installed and no pod came up; null where it is not, or without the rights to see it. */
async function whyNoPods(client: ApiClient, namespace: string | null): Promise<string | null> {
  try {
    for (const daemonSet of await listDaemonSets(client, namespace)) {
      const missing = missingPods(await readDaemonSet(client, daemonSet));
      if (missing !== null) return `DaemonSet ${daemonSet.namespace}/${daemonSet.name}: ${missing}`;
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  return null;
}

function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === FORBIDDEN;
}
