import type { Prometheus } from "../../prometheus/prometheus.ts";
import { PrometheusError } from "../../prometheus/prometheus-error.ts";
import { RequestCounters } from "./request-counters.ts";
import { REQUEST_METRICS, TOTAL, withName } from "./request-selector.ts";
import { pageSeconds, samplePages, type TimeSpan } from "./sample-pages.ts";
import { stepPages, stepSeconds } from "./step-pages.ts";

/**
 * Read before the range: a series that is deleted in it was there for 20 min without a change, and is then absent for
 * another 20 min before the range begins.
 */
export const WARM_UP_SECONDS = 40 * 60;
/** How far back a value is looked for that a series had before. */
const BASELINE_SECONDS = 6 * 3_600;
/** Some 500 MB of JSON, which is a minute. */
const MAX_SAMPLES = 20_000_000;

interface ReadLimits {
  /** Samples in the range up to which all are read. */
  readonly maxSamples: number;
  /** Beyond it, samples that are read of steps with a reset. */
  readonly maxResetSamples: number;
}

interface ReadCounters {
  readonly counters: RequestCounters;
  /** Seconds between two values that were read; null: every sample was read. */
  readonly stepSeconds: number | null;
}

/** The counters of a selector in a range. Null if there is no sample. Throws PrometheusError. */
export async function readCounters(
  prometheus: Prometheus,
  selector: string,
  range: TimeSpan,
  { maxSamples, maxResetSamples }: ReadLimits = { maxSamples: MAX_SAMPLES, maxResetSamples: MAX_SAMPLES },
): Promise<ReadCounters | null> {
  const counted = `count_over_time(${withName(selector, TOTAL)}[${range.to - range.from}s])`;
  const total = await unlessTooMuch(one(prometheus, `sum(${counted})`, range.to));
  if (total === 0) return null;
  const counters = new RequestCounters(true);
  const start = { from: range.from - WARM_UP_SECONDS, to: range.from };
  await addBaselines(prometheus, selector, start.from, counters);
  const seconds = pageSeconds(range, total);
  for await (const page of samplePages(prometheus, selector, start, seconds))
    counters.addPage(page.series, range.from, page.sums);
  if (total !== null && total <= maxSamples) {
    for await (const page of samplePages(prometheus, selector, range, seconds))
      counters.addPage(page.series, range.from, page.sums);
    return { counters, stepSeconds: null };
  }
  const series = await unlessTooMuch(one(prometheus, `count(${counted})`, range.to));
  const longest = await unlessTooMuch(one(prometheus, `max(${counted})`, range.to));
  const step = stepSeconds(range, series, longest);
  for await (const page of stepPages(prometheus, selector, range, { step, series, maxResetSamples })) {
    counters.addPage(page.series, range.from, page.sums);
  }
  return { counters, stepSeconds: step };
}

async function one(prometheus: Prometheus, expression: string, at: number): Promise<number> {
  return (await prometheus.query(expression, at))[0]?.value ?? 0;
}

async function unlessTooMuch<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof PrometheusError && error.isTooMuch) return null;
    throw error;
  }
}

async function addBaselines(
  prometheus: Prometheus,
  selector: string,
  at: number,
  counters: RequestCounters,
): Promise<void> {
  for (const name of REQUEST_METRICS) {
    const last = `last_over_time(${withName(selector, name)}[${BASELINE_SECONDS}s])`;
    const series = await unlessTooMuch(prometheus.query(last, at));
    counters.addBaselines(
      (series ?? []).map(({ labels, value }) => ({
        labels: { ...labels, __name__: name },
        sample: [at, value] as const,
      })),
    );
  }
}
