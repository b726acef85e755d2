import type { Prometheus, SampledSeries } from "../../prometheus/prometheus.ts";
import { PrometheusError } from "../../prometheus/prometheus-error.ts";
import { REQUEST_METRICS, withName } from "./request-selector.ts";
import { type SamplePage, samplePages, type TimeSpan } from "./sample-pages.ts";

/** Values that are read in all: some 100 MB of JSON. */
const MAX_VALUES = 4_000_000;
const PAGE_VALUES = 400_000;
/** Prometheus answers no range query with more points of one series. */
const MAX_POINTS = 11_000;
const MIN_STEP_SECONDS = 60;
const MAX_STEP_SECONDS = 3_600;
/** A step has several samples, so that a series without one was not there. */
const SAMPLES_OF_STEP = 4;

/**
 * Seconds of a step, for this number of series and of samples of the longest of them; null: unknown.
 */
export function stepSeconds({ from, to }: TimeSpan, series: number | null, longest: number | null): number {
  const seconds = to - from;
  const forValues = (seconds * (series ?? 1_000)) / MAX_VALUES;
  const forSamples = (SAMPLES_OF_STEP * seconds) / Math.max(1, longest ?? 1_000);
  return Math.min(MAX_STEP_SECONDS, Math.max(MIN_STEP_SECONDS, Math.ceil(forValues), Math.ceil(forSamples)));
}

interface StepOptions {
  readonly step: number;
  readonly series: number | null;
  /** Samples of steps with a reset that are read at most. */
  readonly maxResetSamples: number;
}

/**
 * The last value of each step of a range, and all samples of steps in which a counter fell: a counter may have grown beyond
 * its former value by the end of the step. Throws PrometheusError.
 */
export async function* stepPages(
  prometheus: Prometheus,
  selector: string,
  range: TimeSpan,
  { step, series, maxResetSamples }: StepOptions,
): AsyncGenerator<SamplePage> {
  let steps = Math.max(1, Math.min(MAX_POINTS, Math.floor(PAGE_VALUES / Math.max(1, series ?? 1_000))));
  let samples = 0;
  // The last step ends with the range, so the first may begin before it.
  for (let start = range.to - Math.ceil((range.to - range.from) / step) * step; start < range.to; ) {
    const end = Math.min(start + steps * step, range.to);
    try {
      const page = await readSteps(prometheus, selector, { from: start, to: end }, step);
      for (const part of page.parts) {
        if (part.isReset && samples < maxResetSamples) {
          for await (const read of samplePages(prometheus, selector, part, step)) {
            samples += read.series.reduce((sum, each) => sum + each.samples.length, 0);
            yield read;
          }
        } else yield { series: within(page.values, part), sums: [] };
      }
      start = end;
    } catch (error) {
      if (!(error instanceof PrometheusError) || !error.isTooMuch || steps === 1) throw error;
      steps = Math.ceil(steps / 2);
    }
  }
}

interface Part extends TimeSpan {
  readonly isReset: boolean;
}

interface StepPage {
  readonly values: readonly SampledSeries[];
  readonly parts: readonly Part[];
}

async function readSteps(prometheus: Prometheus, selector: string, span: TimeSpan, step: number): Promise<StepPage> {
  const ends = { start: span.from + step, end: span.to, step };
  const values = await namedSteps(prometheus, selector, (named) => `last_over_time(${named}[${step}s])`, ends);
  // Two steps: the last sample of the step before belongs to the first change of this one.
  const resets = await namedSteps(prometheus, selector, (named) => `count(resets(${named}[${2 * step}s]) > 0)`, ends);
  const fallen = new Set(resets.flatMap(({ samples }) => samples.map(([seconds]) => seconds)));
  const parts: Part[] = [];
  for (let from = span.from; from < span.to; from += step) {
    const to = from + step;
    parts.push({ from, to, isReset: fallen.has(to) });
  }
  return { values, parts };
}

/** The values of an expression over each of the two metrics, with its name: not every server keeps it. */
async function namedSteps(
  prometheus: Prometheus,
  selector: string,
  expression: (selector: string) => string,
  range: { readonly start: number; readonly end: number; readonly step: number },
): Promise<readonly SampledSeries[]> {
  const all: SampledSeries[] = [];
  for (const name of REQUEST_METRICS) {
    const series = await prometheus.steps(expression(withName(selector, name)), range);
    for (const { labels, samples } of series) all.push({ labels: { ...labels, __name__: name }, samples });
  }
  return all;
}

function within(series: readonly SampledSeries[], { from, to }: TimeSpan): SampledSeries[] {
  return series.flatMap(({ labels, samples }) => {
    const inside = samples.filter(([seconds]) => seconds > from && seconds <= to);
    return inside.length > 0 ? [{ labels, samples: inside }] : [];
  });
}
