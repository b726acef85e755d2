import type { LatencyBuckets } from "../../model/service-graph.ts";
import { bucketOf, MAX_UNITS, quantileOf, SUB_BUCKETS, UNITS_PER_MICRO } from "../latency-buckets.ts";

/** Buckets added at a time: allocating an array costs more than its content. */
const WIDENED_BUCKETS = 3 * SUB_BUCKETS;
const NO_COUNTS = new Uint32Array(0);

/**
 * Durations in logarithmic buckets: quantiles within 2 %, a few hundred bytes for the range of one edge.
 * Range: 0 to 268 s; longer durations count as 268 s. The bucket scheme is that of HdrHistogram.
 */
export class LatencyHistogram {
  #counts = NO_COUNTS;
  /** Bucket of `#counts[0]`. */
  #first = 0;
  #min = MAX_UNITS;
  #max = 0;

  record(micros: number): void {
    const units = Math.min(MAX_UNITS, Math.max(0, Math.round(micros * UNITS_PER_MICRO)));
    const bucket = bucketOf(units);
    let at = bucket - this.#first;
    if (at < 0 || at >= this.#counts.length) {
      this.#coverBucket(bucket);
      at = bucket - this.#first;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    if (units < this.#min) this.#min = units;
    if (units > this.#max) this.#max = units;
  }

  /** Null without durations. */
  toBuckets(): LatencyBuckets | null {
    const buckets: number[] = [];
    this.#counts.forEach((count, i) => {
      if (count > 0) buckets.push(this.#first + i, count);
    });
    if (buckets.length === 0) return null;
    return { buckets, min: this.#min / UNITS_PER_MICRO, max: this.#max / UNITS_PER_MICRO };
  }

  /** Microseconds at the nearest rank, for a quantile between 0 and 1; null without durations. */
  quantile(q: number): number | null {
    const latency = this.toBuckets();
    return latency && quantileOf(latency, q);
  }

  /** Widens the range of buckets by some powers of two, on the side of the new one. */
  #coverBucket(bucket: number): void {
    const low = bucket - (bucket % WIDENED_BUCKETS);
    const empty = this.#counts.length === 0;
    const first = empty ? low : Math.min(low, this.#first);
    const end = Math.max(low + WIDENED_BUCKETS, empty ? 0 : this.#first + this.#counts.length);
    const wider = new Uint32Array(end - first);
    if (!empty) wider.set(this.#counts, this.#first - first);
    this.#counts = wider;
    this.#first = first;
  }
}
