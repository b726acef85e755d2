import type { HandshakeQuantiles, LatencyBuckets } from "../model/service-graph.ts";

/** Eighths of a microsecond, so that handshakes of a few µs on the loopback interface stay within the error too. */
export const UNITS_PER_MICRO = 8;
export const MAX_UNITS = 0x7fff_ffff;
/** Buckets per power of two: the middle of a bucket is at most 1/64 (1.6 %) from any value in it. */
const SUB_BUCKET_BITS = 5;
export const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
export const MAX_BUCKET = bucketOf(MAX_UNITS);

/** Below 64 units each value has a bucket of its own; above, 32 buckets share each power of two, as in HdrHistogram. */
export function bucketOf(units: number): number {
  const shift = 31 - Math.clz32(units) - SUB_BUCKET_BITS;
  return shift <= 0 ? units : (shift << SUB_BUCKET_BITS) + (units >>> shift);
}

function middleOf(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = (bucket >>> SUB_BUCKET_BITS) - 1;
  const low = (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) * 2 ** shift;
  return low + (2 ** shift - 1) / 2;
}

/** Microseconds at the nearest rank, for a quantile between 0 and 1. */
function quantileOf({ buckets, min, max }: LatencyBuckets, q: number): number {
  let total = 0;
  for (let i = 1; i < buckets.length; i += 2) total += buckets[i] ?? 0;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    seen += buckets[i + 1] ?? 0;
    if (seen >= rank) return Math.min(max, Math.max(min, middleOf(buckets[i] ?? 0) / UNITS_PER_MICRO));
  }
  return max;
}

export function quantilesOf(latency: LatencyBuckets): HandshakeQuantiles {
  const millis = (q: number): number => Math.round(quantileOf(latency, q)) / 1000;
  return { p50: millis(0.5), p90: millis(0.9), p99: millis(0.99) };
}

/** The histogram of all durations of several histograms; null without any. */
export function sumLatency(histograms: readonly LatencyBuckets[]): LatencyBuckets | null {
  const [first] = histograms;
  if (first === undefined || histograms.length === 1) return first ?? null;
  const counts = new Float64Array(MAX_BUCKET + 1);
  let [min, max] = [first.min, first.max];
  for (const each of histograms) {
    const list = each.buckets;
    for (let i = 0; i < list.length; i += 2) {
      const bucket = list[i] ?? 0;
      counts[bucket] = (counts[bucket] ?? 0) + (list[i + 1] ?? 0);
    }
    min = Math.min(min, each.min);
    max = Math.max(max, each.max);
  }
  const buckets: number[] = [];
  counts.forEach((count, bucket) => {
    if (count > 0) buckets.push(bucket, count);
  });
  return { buckets, min, max };
}

/** The histogram of one instance, from two moments: of each bucket the larger count. */
export function joinLatency(a: LatencyBuckets, b: LatencyBuckets): LatencyBuckets {
  const buckets: number[] = [];
  const [left, right] = [a.buckets, b.buckets];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const first = left[i] ?? Number.POSITIVE_INFINITY;
    const second = right[j] ?? Number.POSITIVE_INFINITY;
    buckets.push(Math.min(first, second));
    buckets.push(Math.max(first <= second ? (left[i + 1] ?? 0) : 0, second <= first ? (right[j + 1] ?? 0) : 0));
    if (first <= second) i += 2;
    if (second <= first) j += 2;
  }
  return { buckets, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
