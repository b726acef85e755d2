import type { Prometheus, SampledSeries } from "../../prometheus/prometheus.ts";
import { PrometheusError } from "../../prometheus/prometheus-error.ts";
import { readHiddenResets } from "./hidden-resets.ts";

/** A part of a range of time. Seconds since the Unix epoch. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

export interface SamplePage {
  readonly series: readonly SampledSeries[];
  /** Sums of durations of the series that may have begun again with the same value. */
  readonly sums: readonly SampledSeries[];
}

/** Samples of one page: some 10 MB of JSON. */
const PAGE_SAMPLES = 400_000;
/** Page without knowing how many samples there are. */
const UNKNOWN_SECONDS = 3_600;
const MIN_SECONDS = 60;

/** Seconds of a page, if `total` samples are in the whole range; null if their number is unknown. */
export function pageSeconds({ from, to }: TimeSpan, total: number | null): number {
  const whole = Math.max(MIN_SECONDS, Math.ceil(to - from));
  if (total === null) return Math.min(whole, UNKNOWN_SECONDS);
  return Math.min(whole, Math.max(MIN_SECONDS, Math.floor((whole * PAGE_SAMPLES) / Math.max(1, total))));
}

/**
 * All samples of a selector in a range, page by page: the server limits samples, time and bytes of a query, so a page that
 * is refused is read as smaller ones. Throws PrometheusError.
 */
export async function* samplePages(
  prometheus: Prometheus,
  selector: string,
  range: TimeSpan,
  seconds: number,
): AsyncGenerator<SamplePage> {
  let size = Math.ceil(seconds);
  for (let start = range.from; start < range.to; ) {
    // The selector takes whole seconds: the first page begins up to a second earlier, where samples are only baselines.
    const end = Math.min(start + size, range.to);
    try {
      const seconds = Math.ceil(end - start);
      const series = await prometheus.samples(`${selector}[${seconds}s]`, end);
      yield { series, sums: await readHiddenResets(prometheus, selector, seconds, end) };
      start = end;
    } catch (error) {
      if (!(error instanceof PrometheusError) || !error.isTooMuch || size <= MIN_SECONDS) throw error;
      size = Math.max(MIN_SECONDS, Math.ceil(size / 2));
    }
  }
}
