import type { Prometheus, SampledSeries } from "../../prometheus/prometheus.ts";
import { SECONDS_SUM, TOTAL, withName } from "./request-selector.ts";

/** So that the last sample before the page is included. */
const OVERLAP_SECONDS = 120;
/** More series are read without naming them. */
const MAX_NAMED = 50;

/**
 * A series that was deleted and began again with the same count shows no change, but the sum of its durations does. The sums
 * of the series in which that happened within the last `seconds`. Throws PrometheusError.
 */
export async function readHiddenResets(
  prometheus: Prometheus,
  selector: string,
  seconds: number,
  at: number,
): Promise<readonly SampledSeries[]> {
  // Only a Collector: Tempo writes a 0 first.
  const range = `[${seconds + OVERLAP_SECONDS}s]`;
  const of = (name: string, more = "") => `${withName(selector, name).slice(0, -1)},failed!=""${more}}${range}`;
  const changed = await prometheus.query(`changes(${of(SECONDS_SUM)}) > changes(${of(TOTAL)})`, at);
  if (changed.length === 0) return [];
  const sides = changed.length > MAX_NAMED ? [] : (["client", "server"] as const);
  const named = sides.map(
    (side) => `,${side}=~"${[...new Set(changed.map(({ labels }) => literal(labels[side])))].join("|")}"`,
  );
  return prometheus.samples(of(SECONDS_SUM, named.join("")), at);
}

/** A pattern in a string of PromQL that matches this text only. */
function literal(text = ""): string {
  return JSON.stringify(text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).slice(1, -1);
}

/** Times at which the sum of durations changed. */
export function changesOfSum({ samples }: SampledSeries): readonly number[] {
  return samples.flatMap(([seconds, value], i) => {
    const before = samples[i - 1];
    return before === undefined || before[1] === value ? [] : [seconds];
  });
}
