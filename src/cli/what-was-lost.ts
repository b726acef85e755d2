import type { Agent } from "../agent.ts";
import type { WatchState } from "../cluster/watch-state.ts";
import type { CaptureError } from "../model/errors.ts";

/** Why what the agent tells is not all that happened; null when nothing is known to be missing. */
export function whatWasLost(
  agent: Agent,
  error: CaptureError | undefined,
  watches: readonly WatchState[],
): string | null {
  if (error !== undefined) return error.message;
  const { kernelDrops, sensor } = agent.stats();
  const losses = Object.values(sensor.lost).reduce((sum, times) => sum + times, 0);
  const parts: string[] = [];
  if (kernelDrops > 0)
    parts.push(
      `the kernel dropped ${kernelDrops} ${kernelDrops === 1 ? "packet" : "packets"}; give the agent more CPU time`,
    );
  if (losses > 0)
    parts.push(
      `the sensor was lost (${sensor.lastReason})${losses === 1 ? "" : `, ${losses} times`}; what happened until it ran again is missing`,
    );
  const unknown = watches.filter(({ isSynced }) => !isSynced).map(({ kind }) => kind);
  if (unknown.length > 0) parts.push(`${unknown.join(", ")} never became known; see doctor`);
  return parts.length === 0 ? null : parts.join("; ");
}
