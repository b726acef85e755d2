// EDGE: the Kubernetes API, this machine's name, and the clock
import { hostname } from "node:os";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ApiClient, type ApiRequest } from "../kubernetes/client/api-client.ts";
import { ApiError, FORBIDDEN, NOT_FOUND } from "../kubernetes/client/api-error.ts";
import { problemOf, serverProblem, type Verbs } from "../kubernetes/client/watch-state.ts";
import { text } from "../kubernetes/objects/json-fields.ts";
import { WATCHED_KINDS, type WatchedKind } from "../kubernetes/objects/watched-kinds.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const CHECK = "Kubernetes";
const ANSWER_MILLIS = 10_000;
/** The server tells whole seconds, and asking takes its time. */
const MAX_SKEW_MICROS = 3e6;

/**
 * Whether the API server answers, what it allows, whether its clock agrees with ours, whether this node is in the
 * cluster; each as soon as it is known. `kubeconfig`: undefined as the agent finds it. Throws ConfigError where it
 * cannot be used.
 */
export async function* checkKubernetes(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<Finding> {
  const access = await findApiAccess(kubeconfig, env);
  if (access === null) {
    const fix = "run in a pod with a service account, give --kubeconfig FILE, or give the agent --cluster FILE";
    yield warning(CHECK, `no API server is known here, so the names are those of DNS only; ${fix}`);
    return;
  }
  const client = new ApiClient(access);
  try {
    const { body, serverMicros } = await client.json(request("/version"));
    yield ok(CHECK, `${text(body.gitVersion) ?? "an API server"} answers at ${access.server} (${access.origin})`);
    yield* checkClock(serverMicros, Date.now() * 1_000);
    yield* await checkRights(client);
    yield* await checkNode(client, env.NODE_NAME);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const fix = error.status === null ? `; see that ${access.server} can be reached from here` : "";
    yield failed(CHECK, `${serverProblem(error)}${fix}`);
  } finally {
    client.close();
  }
}

/** Packets have this machine's time, the news of pods the time of its arrival here; only pods' births are the server's. */
export function checkClock(serverMicros: number | null, ownMicros: number): Finding[] {
  if (serverMicros === null) return [];
  const seconds = Math.round((ownMicros - serverMicros) / 1e6);
  if (Math.abs(ownMicros - serverMicros) <= MAX_SKEW_MICROS) return [ok("clock", "agrees with the API server's")];
  const how = `${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} the API server's`;
  return [
    warning("clock", `${how}: pods that have just started are named wrongly; let NTP set the clock of both machines`),
  ];
}

const NO_RIGHTS = `the API server forbids all that the agent asks for, so no end has a name: let a ClusterRole as charts/wirespan/files/cluster-role.yaml allow list and watch on ${WATCHED_KINDS.map(({ resource }) => resource).join(", ")} to the service account`;

/** Tries each right as the agent uses it. */
async function checkRights(client: ApiClient): Promise<Finding[]> {
  const refused = (await Promise.all(WATCHED_KINDS.map((kind) => refusedVerbs(client, kind)))).filter(
    (each) => each !== null,
  );
  // One verb of a kind is enough to know its objects: they are listed again and again, or streamed.
  const knowsNothing = refused.filter(({ verbs }) => verbs === "list and watch").length === WATCHED_KINDS.length;
  if (knowsNothing) return [failed("rights", NO_RIGHTS)];
  if (refused.length > 0)
    return refused.map(({ verbs, kind, error }) => warning("rights", problemOf(verbs, kind, error)));
  return [ok("rights", `list and watch on ${WATCHED_KINDS.map(({ resource }) => resource).join(", ")}`)];
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

/** Why the server refuses to answer; null where it begins to. */
async function refusal(client: ApiClient, path: string): Promise<ApiError | null> {
  const enough = new AbortController();
  try {
    await client.jsonLines({ ...request(path), signal: enough.signal });
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.status === FORBIDDEN) return error;
    throw error;
  } finally {
    enough.abort();
  }
}

/** Where the node is not known, every agent tells of every connection that it sees. */
async function checkNode(client: ApiClient, given: string | undefined): Promise<Finding[]> {
  const node = given || hostname();
  try {
    await client.json(request(`/api/v1/nodes/${encodeURIComponent(node)}`));
    return [
      ok("node", `${node} is in the cluster${given ? "" : "; NODE_NAME is not set, so this machine's name is taken"}`),
    ];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const how = "let the pod's spec set NODE_NAME from spec.nodeName, or give the agent --node";
    if (error.status === NOT_FOUND && given) {
      return [failed("node", `${node}, as NODE_NAME says, is not in the cluster; ${how}`)];
    }
    if (error.status === NOT_FOUND) {
      return [warning("node", `NODE_NAME is not set, so connections that two nodes see are told twice; ${how}`)];
    }
    if (error.status === FORBIDDEN) {
      return [
        warning("node", `the API server forbids to get nodes, so it is not known whether ${node} is one; allow it`),
      ];
    }
    throw error;
  }
}

function request(path: string): ApiRequest {
  return { path, accept: "application/json", signal: AbortSignal.timeout(ANSWER_MILLIS), idleMillis: ANSWER_MILLIS };
}
