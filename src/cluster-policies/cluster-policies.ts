// EDGE: the environment
/** cluster-policies: the NetworkPolicies that a cluster has now, read with the user's rights. */
import { addObject, type Manifests, newManifests } from "../access/check/manifests.ts";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ApiClient } from "../kubernetes/client/api-client.ts";
import { ApiError, FORBIDDEN, NOT_FOUND } from "../kubernetes/client/api-error.ts";
import { JSON_TYPE, listAll } from "../kubernetes/client/list-all.ts";
import { serverProblem } from "../kubernetes/client/watch-state.ts";
import { ConfigError } from "../model/errors.ts";

/** Which cluster, as commander returns it, and the namespaces of the traffic that is checked: all, if there is none. */
interface ClusterOptions {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly namespaces: ReadonlySet<string>;
}

/** Items of a list do not name it. */
const API_VERSION = "networking.k8s.io/v1";
const NETWORKING = `/apis/${API_VERSION}`;
/** Policies that other controllers apply, and that are not checked. */
const OTHERS: readonly (readonly [api: string, resource: string, kind: string])[] = [
  ["/apis/cilium.io/v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy"],
  ["/apis/cilium.io/v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy"],
  ["/apis/crd.projectcalico.org/v1", "networkpolicies", "NetworkPolicy (Calico)"],
  ["/apis/crd.projectcalico.org/v1", "globalnetworkpolicies", "GlobalNetworkPolicy (Calico)"],
  ["/apis/crd.antrea.io/v1beta1", "networkpolicies", "NetworkPolicy (Antrea)"],
  ["/apis/crd.antrea.io/v1beta1", "clusternetworkpolicies", "ClusterNetworkPolicy (Antrea)"],
  ["/apis/policy.networking.k8s.io/v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy"],
  ["/apis/policy.networking.k8s.io/v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy"],
  ["/apis/policy.networking.k8s.io/v1alpha1", "baselineadminnetworkpolicies", "BaselineAdminNetworkPolicy"],
];

/** `report` takes sentences on what the user may not read. Throws ConfigError. */
export async function readClusterPolicies(
  { context, kubeconfig, namespaces }: ClusterOptions,
  report: (sentence: string) => void,
): Promise<Manifests> {
  const access = await findApiAccess(kubeconfig, process.env, context);
  if (access === null)
    throw new ConfigError("no kubeconfig found for the policies of the cluster; pass --kubeconfig FILE, or manifests");
  const client = new ApiClient(access);
  try {
    const manifests = newManifests();
    const policies = await listPolicies(client, [...namespaces].sort(), report);
    for (const policy of policies) addObject(manifests, { ...policy, kind: "NetworkPolicy", apiVersion: API_VERSION });
    await addNamespaces(client, manifests, report);
    await addIgnored(client, manifests);
    return manifests;
  } catch (error) {
    throw error instanceof ApiError ? new ConfigError(`${serverProblem(error)} (${access.origin})`) : error;
  } finally {
    client.close();
  }
}

/**
 * Of all namespaces, since policies of both ends decide on traffic; without the right to that, of the given ones. Throws
 * ConfigError, ApiError.
 */
async function listPolicies(
  client: ApiClient,
  namespaces: readonly string[],
  report: (sentence: string) => void,
): Promise<readonly object[]> {
  try {
    return await listAll(client, `${NETWORKING}/networkpolicies`, JSON_TYPE, {});
  } catch (error) {
    if (!isForbidden(error)) throw error;
    if (namespaces.length === 0) throw missingRight("all namespaces; choose a namespace with -n, or");
  }
  report(
    `this user cannot list networkpolicies in all namespaces: only those of ${namespaces.join(", ")} are checked, so traffic with other namespaces may be blocked at its other end`,
  );
  const lists: (readonly object[])[] = [];
  for (const namespace of namespaces) lists.push(await policiesIn(client, namespace));
  return lists.flat();
}

async function policiesIn(client: ApiClient, namespace: string): Promise<readonly object[]> {
  try {
    const path = `${NETWORKING}/namespaces/${encodeURIComponent(namespace)}/networkpolicies`;
    return await listAll(client, path, JSON_TYPE, {});
  } catch (error) {
    throw isForbidden(error) ? missingRight(`namespace ${namespace};`) : error;
  }
}

function missingRight(where: string): ConfigError {
  return new ConfigError(
    `the API server forbids this user to list networkpolicies (networking.k8s.io) in ${where} allow list on networkpolicies`,
  );
}

/** Without the right to list namespaces, only their names are known, which is enough for most policies. */
async function addNamespaces(client: ApiClient, manifests: Manifests, report: (text: string) => void): Promise<void> {
  try {
    const items = await listAll(client, "/api/v1/namespaces", JSON_TYPE, {});
    for (const item of items) addObject(manifests, { ...item, kind: "Namespace" });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    report(
      "this user cannot list namespaces: traffic that depends on labels of a namespace other than its name is not decided; allow list on namespaces",
    );
  }
}

/** Kinds that the cluster does not have, or that the user may not list, are left out. */
async function addIgnored(client: ApiClient, { ignored }: Manifests): Promise<void> {
  for (const [api, resource, kind] of OTHERS) {
    try {
      const found = await listAll(client, `${api}/${resource}`, JSON_TYPE, {});
      if (found.length > 0) ignored.push(`${kind} (${found.length} in the cluster)`);
    } catch (error) {
      if (!(error instanceof ApiError && (error.status === NOT_FOUND || isForbidden(error)))) throw error;
    }
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === FORBIDDEN;
}
