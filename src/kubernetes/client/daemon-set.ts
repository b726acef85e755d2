import { asObject, objects, text } from "../objects/json-fields.ts";
import type { ApiClient, ApiRequest } from "./api-client.ts";
import { isReady, podProblems } from "./pod-problems.ts";

const TIMEOUT_MILLIS = 10_000;
const MAX_REASONS = 3;
/** Events that repeat what the pod's own status says. */
const REPEATING_EVENTS = new Set(["BackOff", "Failed"]);

export interface DaemonSetName {
  readonly namespace: string;
  readonly name: string;
}

/** Number of a DaemonSet's pods, and the reasons for missing ones. */
export interface DaemonSetState {
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
export async function readDaemonSet(client: ApiClient, { namespace, name }: DaemonSetName): Promise<DaemonSetState> {
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
  const ofPods = pods.filter((pod) => !isReady(pod)).map((pod) => ({ pod, problems: podProblems(pod) }));
  // Events stay for an hour: those of pods that were created since, or are ready, are over.
  const isCurrent = (event: Record<string, unknown>): boolean => {
    const involved = text(asObject(event.involvedObject).name);
    if (involved === name) return pods.length < desired;
    const found = ofPods.find(({ pod }) => text(asObject(pod.metadata).name) === involved);
    return found !== undefined && (found.problems.length === 0 || !REPEATING_EVENTS.has(text(event.reason) ?? ""));
  };
  const events = objects(warnings.items).filter(isCurrent);
  const reasons = [...ofPods.flatMap(({ problems }) => problems), ...eventReasons(events)];
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

/** One of those that differ only in the name of a pod, because a controller tries again, or in the back-off of its container. */
function distinct(reasons: readonly string[]): string[] {
  const byText = new Map<string, string>();
  for (const reason of reasons) {
    const whole = reason.replace("(combined from similar events): ", "");
    const key = whole.replace(/pods "[^"]*"/, "pods").replace("CrashLoopBackOff: ", "");
    if (!byText.has(key)) byText.set(key, whole);
  }
  return [...byText.values()];
}

/** Newest first. */
function eventReasons(events: readonly Record<string, unknown>[]): string[] {
  const timeOf = (event: Record<string, unknown>): string =>
    text(event.lastTimestamp) ?? text(event.eventTime) ?? text(asObject(event.metadata).creationTimestamp) ?? "";
  return events
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))
    .map(({ reason, message }) => `${reason}: ${text(message) ?? ""}`);
}

/** What is wrong, one sentence; null while all pods are ready. */
export function missingPods({ desired, ready, reasons, advice }: DaemonSetState): string | null {
  if (desired === 0) {
    return "no node is selected to run an agent; check nodeSelector, affinity and tolerations of the DaemonSet";
  }
  if (ready === desired) return null;
  const causes = reasons.length === 0 ? "no pod and no event shows a reason yet" : reasons.join("; ");
  const toDo = advice === undefined ? "" : `; ${advice}`;
  return `${ready} of ${desired} agents are ready, because ${causes}${toDo}`;
}

async function get(client: ApiClient, path: string): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(TIMEOUT_MILLIS);
  const request: ApiRequest = { path, accept: "application/json", signal, idleMillis: TIMEOUT_MILLIS };
  return (await client.json(request)).body;
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
