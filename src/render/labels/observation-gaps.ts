import type { Observation } from "../../model/service-graph.ts";
import { countText } from "../../text/number-text.ts";
import { visibleText } from "../../text/visible-text.ts";
import { timeText } from "./observed-text.ts";

/** A time in which no run of a node's agent observed, between two in which one did. */
export interface ObservationGap {
  readonly node: string;
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** A run begins with its first packet or tick, so runs without a pause between them are this far apart. */
const TICK_MICROS = 100_000;
const MAX_NAMED = 3;

/** In order of time. */
export function observationGaps(observed: readonly Observation[]): readonly ObservationGap[] {
  const gaps: ObservationGap[] = [];
  const untilMicros = new Map<string, number>();
  for (const { node, fromMicros, toMicros } of observed.toSorted((a, b) => a.fromMicros - b.fromMicros)) {
    if (node === null) continue;
    const seenMicros = untilMicros.get(node) ?? fromMicros;
    if (fromMicros - seenMicros > TICK_MICROS) gaps.push({ node, fromMicros: seenMicros, toMicros: fromMicros });
    untilMicros.set(node, Math.max(seenMicros, toMicros));
  }
  return gaps;
}

/** `node a was not observed for 4.1 s from 2026-11-29T13:00:00Z; connections of that time are missing`; null without a gap. */
export function gapsText(observed: readonly Observation[]): string | null {
  const gaps = observationGaps(observed);
  if (gaps.length === 0) return null;
  const longest = gaps.toSorted((a, b) => b.toMicros - b.fromMicros - (a.toMicros - a.fromMicros));
  const named = longest.slice(0, MAX_NAMED).map(({ node, fromMicros, toMicros }) => {
    const seconds = Math.ceil((toMicros - fromMicros) / 1e5) / 10;
    return `node ${visibleText(node)} was not observed for ${seconds} s from ${timeText(fromMicros)}`;
  });
  const more = gaps.length - named.length;
  const rest = more === 0 ? "" : `, and ${countText(more, "shorter gap")} of nodes`;
  return `${named.join(", ")}${rest}; connections of that time are missing`;
}
