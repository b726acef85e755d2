import type { HandshakeQuantiles } from "../../model/service-graph.ts";

/** A cumulative histogram, by the upper bound of each bucket in seconds; the last is infinite. */
export type BoundCounts = ReadonlyMap<number, number>;

/** Interpolated within the buckets, as histogram_quantile of PromQL does; null without durations. */
export function quantilesOf(counts: BoundCounts): HandshakeQuantiles | null {
  const sorted = cumulative(counts);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const millis = (q: number): number => Math.round(quantileOf(sorted, q * total) * 1e6) / 1e3;
  return { p50: millis(0.5), p90: millis(0.9), p99: millis(0.99) };
}

/** Sorted by bound. A bucket that was read earlier than a smaller one may be less than it. */
function cumulative(counts: BoundCounts): readonly (readonly [bound: number, count: number])[] {
  let least = 0;
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bound, count]) => {
      least = Math.max(least, count);
      return [bound, least] as const;
    });
}

/** Seconds. Beyond the largest finite bound it is that bound. */
function quantileOf(sorted: readonly (readonly [bound: number, count: number])[], rank: number): number {
  let [lower, below] = [0, 0];
  for (const [bound, count] of sorted) {
    if (bound === Number.POSITIVE_INFINITY) return lower;
    if (count >= rank) return lower + ((bound - lower) * (rank - below)) / (count - below);
    [lower, below] = [bound, count];
  }
  return lower;
}
