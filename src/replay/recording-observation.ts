import type { Observation } from "../model/service-graph.ts";

/**
 * What a recording observed, with an instance that is the same whenever it is replayed: its node and the time of its first
 * packet. Null without packets.
 */
export function recordingObservation(node: string | null, firstMicros: number, lastMicros: number): Observation | null {
  if (!Number.isFinite(firstMicros)) return null;
  const fromMicros = Math.floor(firstMicros);
  const whole = new Date(fromMicros / 1000).toISOString().slice(0, -1);
  const micros = `${fromMicros % 1000}`.padStart(3, "0");
  return {
    instance: `${node ?? "capture"}@${whole}${micros}Z`,
    node,
    fromMicros,
    toMicros: Math.max(fromMicros, Math.ceil(lastMicros)),
    // Captures do not say reliably how many packets they lost.
    lossRatio: null,
  };
}
