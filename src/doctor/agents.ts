import type { ApiClient, ApiRequest } from "../kubernetes/client/api-client.ts";
import { asObject, objects, text } from "../kubernetes/objects/json-fields.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const CHECK = "agents";
const TIMEOUT_MILLIS = 10_000;
const MAX_REASONS = 3;

export interface DaemonSetName {
  readonly namespace: string;
  readonly name: string;
}

/** Number of agents, and the reasons for missing ones. */
export interface AgentsState {
  readonly desired: number;
  readonly ready: number;
  /** All pods are of the DaemonSet's current revision: no update is in progress. */
  readonly isUpdated: boolean;
  /** The most specific first, each once. */
  readonly reasons: readonly string[];
  /** What to do about them, where it is known. */
  readonly advice?: string;
}

/**
 * Reads a DaemonSet, its pods, and the events of both. Needs `get` on the DaemonSet, and `list` on pods and events of its
 * namespace. Throws ApiError.
 */
export async function readAgents(client: ApiClient, { namespace, name }: DaemonSetName): Promise<AgentsState> {
  const daemonSet = await get(client, `/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`);
  const status = asObject(daemonSet.status);
  const [desired, ready] = [count(status.desiredNumberScheduled), count(status.numberReady)];
  const state = { desired, ready, isUpdated: isUpdated(daemonSet, desired) };
  if (desired > 0 && ready === desired) return { ...state, reasons: [] };

  const { matchLabels } = asObject(asObject(daemonSet.spec).selector);
  const selector = Object.entries(asObject(matchLabels)).map(([label, value]) => `${label}=${value}`);
  const query = `labelSelector=${encodeURIComponent(selector.join(","))}`;
  const pods = objects((await get(client, `/api/v1/namespaces/${namespace}/pods?${query}`)).items);
  const warnings = await get(client, `/api/v1/namespaces/${namespace}/events?fieldSelector=type%3DWarning`);
  const names = new Set([name, ...pods.map((pod) => text(asObject(pod.metadata).name) ?? "")]);
  const reasons = [...pods.flatMap(podReasons), ...eventReasons(objects(warnings.items), names)];
  const advice = reasons.some((reason) => reason.includes("violates PodSecurity"))
    ? `allow it: kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged --overwrite`
    : undefined;
  return { ...state, reasons: distinct(reasons).slice(0, MAX_REASONS), ...(advice === undefined ? {} : { advice }) };
}

/** As `kubectl rollout status` finds it. With OnDelete, pods of an older revision stay until a person deletes them. */
function isUpdated({ metadata, spec, status }: Record<string, unknown>, desired: number): boolean {
  const { observedGeneration, updatedNumberScheduled } = asObject(status);
  if (count(observedGeneration) < count(asObject(metadata).generation)) return false;
  return asObject(asObject(spec).updateStrategy).type === "OnDelete" || count(updatedNumberScheduled) >= desired;
}

/** One of those that differ only in the name of a pod: a controller tries again with another name. */
function distinct(reasons: readonly string[]): string[] {
  const byText = new Map<string, string>();
  for (const reason of reasons) {
    const whole = reason.replace("(combined from similar events): ", "");
    const key = whole.replace(/pods "[^"]*"/, "pods");
    if (!byText.has(key)) byText.set(key, whole);
  }
  return [...byText.values()];
}

export function agentsFinding({ desired, ready, isUpdated, reasons, advice }: AgentsState): Finding {
  if (desired === 0) {
    return failed(
      CHECK,
      "no node is selected to run an agent; check nodeSelector, affinity and tolerations of the DaemonSet",
    );
  }
  const counted = `${ready} of ${desired} agents are ready`;
  if (ready === desired && isUpdated) return ok(CHECK, counted);
  if (ready === desired) {
    return warning(
      CHECK,
      `${counted}, but an update of the DaemonSet is in progress; run this again when it is complete`,
    );
  }
  const causes = reasons.length === 0 ? "no pod and no event shows a reason yet" : reasons.join("; ");
  const toDo = advice === undefined ? "" : `; ${advice}`;
  return (ready === 0 ? failed : warning)(CHECK, `${counted}, because ${causes}${toDo}`);
}

/** Reasons of containers that do not run, and of a pod that is not scheduled. */
function podReasons(pod: Record<string, unknown>): string[] {
  const { containerStatuses, conditions } = asObject(pod.status);
  const waiting = objects(containerStatuses).flatMap(({ name, state, lastState }) => {
    const { reason, message } = asObject(asObject(state).waiting);
    if (text(reason) === null || reason === "ContainerCreating") return [];
    // The last output of the container is more specific than the kubelet's backoff.
    const detail = text(asObject(asObject(lastState).terminated).message) ?? text(message) ?? "";
    return [`container ${name}: ${reason}${detail === "" ? "" : `: ${detail.trim().split("\n").at(-1)}`}`];
  });
  const unscheduled = objects(conditions).filter(({ type, status }) => type === "PodScheduled" && status === "False");
  return [...waiting, ...unscheduled.flatMap(({ message }) => text(message) ?? [])];
}

/** Newest first. */
function eventReasons(events: readonly Record<string, unknown>[], names: ReadonlySet<string>): string[] {
  const timeOf = (event: Record<string, unknown>): string =>
    text(event.lastTimestamp) ?? text(event.eventTime) ?? text(asObject(event.metadata).creationTimestamp) ?? "";
  return events
    .filter(({ involvedObject }) => names.has(text(asObject(involvedObject).name) ?? ""))
    .sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))
    .flatMap(({ reason, message }) => `${reason}: ${text(message) ?? ""}`);
}

async function get(client: ApiClient, path: string): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(TIMEOUT_MILLIS);
  const request: ApiRequest = { path, accept: "application/json", signal, idleMillis: TIMEOUT_MILLIS };
  return (await client.json(request)).body;
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
