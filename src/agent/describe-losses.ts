import { type WatchState, watchGaps } from "../kubernetes/client/watch-state.ts";
import type { CaptureError } from "../model/errors.ts";
import { countText } from "../text/number-text.ts";
import type { CaptureStats } from "./capture-stats.ts";
import { kernelDropsSentence } from "./loss-log.ts";

/** What is missing in the result of an agent and why, a sentence each; empty when nothing is known to be missing. */
export function describeLosses(
  { kernelDrops, sensor }: Pick<CaptureStats, "kernelDrops" | "sensor">,
  error: CaptureError | undefined,
  watches: readonly WatchState[],
): readonly string[] {
  if (error !== undefined) return [error.message];
  const { unread, cutShort, lastReason } = sensor;
  const losses = Object.values(sensor.lost).reduce((sum, times) => sum + times, 0);
  const parts: string[] = [];
  if (kernelDrops > 0) parts.push(kernelDropsSentence(kernelDrops));
  if (unread > 0)
    parts.push(`the sensor exited before it read ${countText(unread, "packet")}; give the sensor more CPU time`);
  if (cutShort !== null) parts.push(`the sensor did not exit in time (${cutShort}); its last facts are missing`);
  if (losses > 0) {
    const times = losses === 1 ? "" : ` ${losses} times`;
    parts.push(`the sensor stopped${times} (${lastReason}); packets until it captured again are missing`);
  }
  return [...parts, ...watchGaps(watches)];
}
