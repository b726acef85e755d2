/** Timestamps of a pod, which the API truncates to whole seconds, in microseconds since the Unix epoch. */
import { asObject, number, objects, text } from "./json-fields.ts";
import type { KubernetesObject, ObjectMetadata } from "./kubernetes-objects.ts";

/** Creation time; -Infinity if absent. */
export function createdMicrosOf({ metadata }: KubernetesObject): number {
  return timeMicros(metadata?.creationTimestamp) ?? Number.NEGATIVE_INFINITY;
}

/** Time of the deletion request: `deletionTimestamp` is the end of the grace period. */
export function deletionRequestedMicrosOf({
  deletionTimestamp,
  deletionGracePeriodSeconds = 0,
}: ObjectMetadata): number | null {
  const end = timeMicros(deletionTimestamp);
  return end === null ? null : end - deletionGracePeriodSeconds * 1e6;
}

/** First start of a container; null after a restart, when the status no longer shows it. */
export function firstStartMicrosOf(status: Record<string, unknown>): number | null {
  const containers = [...objects(status.initContainerStatuses), ...objects(status.containerStatuses)];
  if (containers.some(({ restartCount }) => number(restartCount) !== null && restartCount !== 0)) return null;
  const starts = containers.flatMap(({ state }) => {
    const { running, terminated } = asObject(state);
    return [asObject(running).startedAt, asObject(terminated).startedAt].map((at) => timeMicros(text(at) ?? undefined));
  });
  const known = starts.filter((start) => start !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** End of the last container; Infinity if unknown. */
export function lastEndMicrosOf(status: Record<string, unknown>): number {
  const ends = objects(status.containerStatuses).map((container) =>
    timeMicros(text(asObject(asObject(container.state).terminated).finishedAt) ?? undefined),
  );
  const known = ends.filter((end) => end !== null);
  // Truncated to whole seconds: the pod may have sent until the end of that second.
  return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known) + 1e6;
}

function timeMicros(timestamp: string | undefined): number | null {
  const millis = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(millis) ? null : millis * 1_000;
}
