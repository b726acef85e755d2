import { PagedRows } from "../../bounded/paged-rows.ts";
import type { LatencyBuckets } from "../../model/service-graph.ts";
import { bucketOf, MAX_BUCKET, MAX_UNITS, SUB_BUCKETS, UNITS_PER_MICRO } from "../latency-buckets.ts";

/** Buckets of one row of counts: two powers of two. A histogram is then a row of 64 bytes, and most edges need two of counts. */
const PART_BUCKETS = 2 * SUB_BUCKETS;
const PARTS = Math.floor(MAX_BUCKET / PART_BUCKETS) + 1;
/** A row of a histogram: the shortest and the longest duration, and for each part its row of counts; 0: none. */
const MIN = 0;
const MAX = 1;
const ROWS = 2;

/**
 * Durations in logarithmic buckets: quantiles within 2 %, a few hundred bytes for the range of one edge.
 * Range: 0 to 268 s; longer durations count as 268 s. The bucket scheme is that of HdrHistogram.
 */
export class LatencyHistograms {
  readonly #histograms = new PagedRows((length) => new Uint32Array(length), ROWS + PARTS);
  readonly #counts = new PagedRows((length) => new Uint32Array(length), PART_BUCKETS);

  constructor() {
    // No histogram has the counts of row 0.
    this.#counts.take();
  }

  /** A histogram without durations. */
  take(): number {
    const histogram = this.#histograms.take();
    this.#histograms.pageOf(histogram)[this.#histograms.at(histogram) + MIN] = MAX_UNITS;
    return histogram;
  }

  record(histogram: number, micros: number): void {
    const units = Math.min(MAX_UNITS, Math.max(0, Math.round(micros * UNITS_PER_MICRO)));
    const bucket = bucketOf(units);
    const part = Math.floor(bucket / PART_BUCKETS);
    const page = this.#histograms.pageOf(histogram);
    const at = this.#histograms.at(histogram);
    if (units < (page[at + MIN] as number)) page[at + MIN] = units;
    if (units > (page[at + MAX] as number)) page[at + MAX] = units;
    let row = page[at + ROWS + part] as number;
    if (row === 0) {
      row = this.#counts.take();
      page[at + ROWS + part] = row;
    }
    const counts = this.#counts.pageOf(row);
    const countAt = this.#counts.at(row) + bucket - part * PART_BUCKETS;
    counts[countAt] = (counts[countAt] as number) + 1;
  }

  /** Null without durations. */
  toBuckets(histogram: number): LatencyBuckets | null {
    const page = this.#histograms.pageOf(histogram);
    const at = this.#histograms.at(histogram);
    const buckets: number[] = [];
    for (let part = 0; part < PARTS; part++) {
      const row = page[at + ROWS + part] as number;
      const countsAt = this.#counts.at(row);
      const counts = row === 0 ? [] : this.#counts.pageOf(row).subarray(countsAt, countsAt + PART_BUCKETS);
      counts.forEach((count, i) => {
        if (count > 0) buckets.push(part * PART_BUCKETS + i, count);
      });
    }
    if (buckets.length === 0) return null;
    return {
      buckets,
      min: (page[at + MIN] as number) / UNITS_PER_MICRO,
      max: (page[at + MAX] as number) / UNITS_PER_MICRO,
    };
  }

  release(histogram: number): void {
    const page = this.#histograms.pageOf(histogram);
    const at = this.#histograms.at(histogram);
    for (let part = 0; part < PARTS; part++) {
      const row = page[at + ROWS + part] as number;
      if (row !== 0) this.#counts.release(row);
    }
    this.#histograms.release(histogram);
  }
}
