import { asObject, number, objects, text } from "../objects/json-fields.ts";

/** States of a container that starts. */
const STARTING = new Set(["ContainerCreating", "PodInitializing"]);
/** Exit codes above it are this and the number of a signal. */
const SIGNALLED = 128;

/** Whether all containers of the pod are ready. */
export function isReady(pod: Record<string, unknown>): boolean {
  const ready = objects(asObject(pod.status).conditions).find(({ type }) => type === "Ready");
  return ready?.status === "True";
}

/** Why containers of a pod do not run, or why the pod has no node: a phrase each, without those that only start. */
export function podProblems(pod: Record<string, unknown>): string[] {
  const { initContainerStatuses, containerStatuses, conditions } = asObject(pod.status);
  const byProblem = new Map<string, string[]>();
  for (const status of [...objects(initContainerStatuses), ...objects(containerStatuses)]) {
    const problem = containerProblem(status);
    if (problem !== null) byProblem.set(problem, [...(byProblem.get(problem) ?? []), String(status.name)]);
  }
  const containers = [...byProblem].map(
    ([problem, names]) => `container${names.length === 1 ? "" : "s"} ${names.join(", ")}: ${problem}`,
  );
  const unscheduled = objects(conditions).filter(({ type, status }) => type === "PodScheduled" && status === "False");
  return [...containers, ...unscheduled.flatMap(({ message }) => text(message) ?? [])];
}

function containerProblem({ state, lastState, ready }: Record<string, unknown>): string | null {
  const { waiting, terminated, running } = asObject(state);
  const before = asObject(lastState).terminated;
  if (waiting !== undefined) {
    const { reason, message } = asObject(waiting);
    const what = text(reason);
    if (what === null || STARTING.has(what)) return null;
    // How the container ended is more specific than the kubelet's back-off.
    const detail = before === undefined ? lastLine(message) : ending(asObject(before));
    return detail === null ? what : `${what}: ${detail}`;
  }
  if (terminated !== undefined && asObject(terminated).exitCode !== 0) return ending(asObject(terminated));
  if (running === undefined || ready === true || before === undefined) return null;
  return `started again after this: ${ending(asObject(before))}`;
}

/** What was printed last is the reason only where the program ended by itself. */
function ending({ reason, exitCode, message }: Record<string, unknown>): string {
  if (reason === "OOMKilled") return "OOMKilled; raise its memory limit";
  const code = number(exitCode) ?? 0;
  if (code > SIGNALLED) return `killed by signal ${code - SIGNALLED}`;
  return lastLine(message) ?? `exit code ${code}`;
}

function lastLine(message: unknown): string | null {
  return text(text(message)?.trim().split("\n").at(-1));
}
