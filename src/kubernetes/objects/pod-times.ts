/** When things happened to a pod, by the API's times: whole seconds, cut. Microseconds since the Unix epoch. */
import { asObject, number, objects, text } from "./json-fields.ts";
import type { KubernetesObject, ObjectMetadata } from "./kubernetes-objects.ts";

/** When an object was made, by the API's whole seconds; -Infinity where it does not say. */
export function createdMicrosOf({ metadata }: KubernetesObject): number {
  return timeMicros(metadata?.creationTimestamp) ?? Number.NEGATIVE_INFINITY;
}

/** The API dates a deletion to the end of its period of grace. */
export function endAsked({ deletionTimestamp, deletionGracePeriodSeconds = 0 }: ObjectMetadata): number | null {
  const end = timeMicros(deletionTimestamp);
  return end === null ? null : end - deletionGracePeriodSeconds * 1e6;
}

/** Of a container that was restarted, the first start is not told any more. */
export function firstStart(status: Record<string, unknown>): number | null {
  const containers = [...objects(status.initContainerStatuses), ...objects(status.containerStatuses)];
  if (containers.some(({ restartCount }) => number(restartCount) !== null && restartCount !== 0)) return null;
  const starts = containers.flatMap(({ state }) => {
    const { running, terminated } = asObject(state);
    return [asObject(running).startedAt, asObject(terminated).startedAt].map((at) => timeMicros(text(at) ?? undefined));
  });
  const known = starts.filter((start) => start !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** When its last container ended; Infinity where that is not known. */
export function lastEnd(status: Record<string, unknown>): number {
  const ends = objects(status.containerStatuses).map((container) =>
    timeMicros(text(asObject(asObject(container.state).terminated).finishedAt) ?? undefined),
  );
  const known = ends.filter((end) => end !== null);
  // Whole seconds: it may have sent until the end of the last one.
  return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known) + 1e6;
}

function timeMicros(timestamp: string | undefined): number | null {
  const millis = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(millis) ? null : millis * 1_000;
}
