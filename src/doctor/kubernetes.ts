// EDGE: the Kubernetes API, the host name, the clock
import { hostname } from "node:os";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ApiClient, type ApiRequest } from "../kubernetes/client/api-client.ts";
import { ApiError, FORBIDDEN, NOT_FOUND } from "../kubernetes/client/api-error.ts";
import { problemOf, serverProblem, type Verbs } from "../kubernetes/client/watch-state.ts";
import { text } from "../kubernetes/objects/json-fields.ts";
import { WATCHED_KINDS, type WatchedKind } from "../kubernetes/objects/watched-kinds.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const CHECK = "Kubernetes";
const TIMEOUT_MILLIS = 10_000;
/** The Date header has whole seconds, and the request takes time. */
const MAX_SKEW_MICROS = 3e6;

/**
 * Checks the connection to the API server, its clock, the granted rights, and that this node is in the cluster. Yields each
 * finding at once. `kubeconfig`: undefined to find it as the agent does. Throws ConfigError.
 */
export async function* checkKubernetes(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<Finding> {
  const access = await findApiAccess(kubeconfig, env);
  if (access === null) {
    const fix = "run in a pod with a service account, pass --kubeconfig FILE, or pass --cluster FILE to the agent";
    yield warning(CHECK, `no Kubernetes API found, so names come from DNS only; ${fix}`);
    return;
  }
  const client = new ApiClient(access);
  try {
    const { body, serverMicros } = await client.json(request("/version"));
    yield ok(CHECK, `${text(body.gitVersion) ?? "API server"} answers at ${access.server} (${access.origin})`);
    yield* checkClock(serverMicros, Date.now() * 1_000);
    yield* await checkRights(client);
    yield* await checkNode(client, env.NODE_NAME);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    yield failed(CHECK, serverProblem(error));
  } finally {
    client.close();
  }
}

/** Packets and updates have this machine's time; only the timestamps of pods are the API server's. */
export function checkClock(serverMicros: number | null, ownMicros: number): Finding[] {
  if (serverMicros === null) return [];
  const seconds = Math.round((ownMicros - serverMicros) / 1e6);
  if (Math.abs(ownMicros - serverMicros) <= MAX_SKEW_MICROS) return [ok("clock", "agrees with the API server's")];
  const difference = `${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} the API server's`;
  return [warning("clock", `${difference}: connections of new pods get wrong names; synchronize both clocks with NTP`)];
}

const RESOURCES = WATCHED_KINDS.map(({ resource }) => resource).join(", ");
const NO_RIGHTS = `the API server forbids every request of the agent, so no end gets a name; bind a ClusterRole that allows list and watch on ${RESOURCES} to the service account, as in charts/wirespan/files/cluster-role.yaml`;

/** Tries each request of the agent. */
async function checkRights(client: ApiClient): Promise<Finding[]> {
  const refused = (await Promise.all(WATCHED_KINDS.map((kind) => refusedVerbs(client, kind)))).filter(
    (verbs) => verbs !== null,
  );
  // One verb of a kind suffices: objects are listed repeatedly, or streamed.
  const areAllRefused = refused.filter(({ verbs }) => verbs === "list and watch").length === WATCHED_KINDS.length;
  if (areAllRefused) return [failed("rights", NO_RIGHTS)];
  if (refused.length === 0) return [ok("rights", `list and watch on ${RESOURCES}`)];
  return refused.map(({ verbs, kind, error }) => warning("rights", problemOf(verbs, kind, error)));
}

interface RefusedVerbs {
  readonly kind: WatchedKind;
  readonly verbs: Verbs;
  readonly error: ApiError;
}

async function refusedVerbs(client: ApiClient, kind: WatchedKind): Promise<RefusedVerbs | null> {
  const list = await refusal(client, `${kind.path}?limit=1`);
  const watch = await refusal(client, `${kind.path}?watch=true&timeoutSeconds=1`);
  const error = list ?? watch;
  if (error === null) return null;
  return { kind, error, verbs: list === null ? "watch" : watch === null ? "list" : "list and watch" };
}

/** The 403 response to a request; null if it is allowed. */
async function refusal(client: ApiClient, path: string): Promise<ApiError | null> {
  const done = new AbortController();
  try {
    await client.jsonLines({ ...request(path), signal: done.signal });
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.status === FORBIDDEN) return error;
    throw error;
  } finally {
    done.abort();
  }
}

/** Without the name of its node, every agent reports every connection that it observes. */
async function checkNode(client: ApiClient, given: string | undefined): Promise<Finding[]> {
  const node = given || hostname();
  try {
    await client.json(request(`/api/v1/nodes/${encodeURIComponent(node)}`));
    return [ok("node", `${node} is in the cluster${given ? "" : "; NODE_NAME is not set, so the host name is used"}`)];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const fix = "set NODE_NAME from spec.nodeName in the pod's spec, or pass --node to the agent";
    if (error.status === NOT_FOUND && given) {
      return [failed("node", `NODE_NAME ${node} is not in the cluster; ${fix}`)];
    }
    if (error.status === NOT_FOUND) {
      return [warning("node", `NODE_NAME is not set, so a connection between two nodes is reported twice; ${fix}`)];
    }
    if (error.status === FORBIDDEN) {
      return [
        warning(
          "node",
          `the API server forbids this user to get nodes, so ${node} cannot be checked; allow get on nodes`,
        ),
      ];
    }
    throw error;
  }
}

function request(path: string): ApiRequest {
  return { path, accept: "application/json", signal: AbortSignal.timeout(TIMEOUT_MILLIS), idleMillis: TIMEOUT_MILLIS };
}
