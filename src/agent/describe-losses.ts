import type { WatchState } from "../kubernetes/client/watch-state.ts";
import type { CaptureError } from "../model/errors.ts";
import type { Agent } from "./agent.ts";

/** Why what the agent tells is not all that happened; empty when nothing is known to be missing. */
export function describeLosses(
  agent: Agent,
  error: CaptureError | undefined,
  watches: readonly WatchState[],
): readonly string[] {
  if (error !== undefined) return [error.message];
  const { kernelDrops, sensor } = agent.stats();
  const { unread, cutShort } = sensor;
  const losses = Object.values(sensor.lost).reduce((sum, times) => sum + times, 0);
  const parts: string[] = [];
  if (kernelDrops > 0)
    parts.push(
      `the kernel dropped ${kernelDrops} ${kernelDrops === 1 ? "packet" : "packets"}; give the agent more CPU time`,
    );
  if (unread > 0)
    parts.push(
      `${unread} ${unread === 1 ? "packet that was" : "packets that were"} received had not been read when the sensor ended; give the agent more CPU time`,
    );
  if (cutShort !== null) parts.push(`the sensor did not end in time (${cutShort}); what it had not told is missing`);
  if (losses > 0)
    parts.push(
      `the sensor was lost (${sensor.lastReason})${losses === 1 ? "" : `, ${losses} times`}; what happened until it ran again is missing`,
    );
  return [...parts, ...unknownKinds(watches)];
}

/** Kinds of objects that were never listed whole: what they would have named has no name. */
export function unknownKinds(watches: readonly WatchState[]): readonly string[] {
  const unknown = watches.filter(({ isSynced }) => !isSynced).map(({ kind }) => kind);
  return unknown.length === 0 ? [] : [`${unknown.join(", ")} never became known; see doctor`];
}
