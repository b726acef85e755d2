import type { Prometheus } from "../../prometheus/prometheus.ts";
import { PrometheusError } from "../../prometheus/prometheus-error.ts";
import { RequestCounters } from "./request-counters.ts";
import { edgeKey } from "./request-edges.ts";
import type { BoundCounts } from "./request-latency.ts";
import { BUCKETS, withName } from "./request-selector.ts";
import type { TimeSpan } from "./sample-pages.ts";

/** Moments of the range at which histograms are read; more only make quantiles after restarts more exact. */
const STEPS = 48;
const MIN_STEP_SECONDS = 60;
const PAGE_VALUES = 400_000;
/** Buckets of an edge, about. */
const BUCKETS_OF_EDGE = 20;

/** Histograms of established connections, by producer and edge; of all of them where Tempo counts. */
export type EdgeHistograms = ReadonlyMap<string, BoundCounts>;

export function histogramKey(producer: string, client: string, server: string): string {
  return `${producer}\n${edgeKey(client, server)}`;
}

/** Null if the server refuses queries of this size. `edges`: their number. Throws PrometheusError. */
export async function readLatency(
  prometheus: Prometheus,
  selector: string,
  range: TimeSpan,
  edges: number,
): Promise<EdgeHistograms | null> {
  const step = Math.max(MIN_STEP_SECONDS, Math.ceil((range.to - range.from) / STEPS));
  const buckets = `${withName(selector, BUCKETS).slice(0, -1)},failed!="true"}`;
  // Buckets below the shortest duration are always 0.
  const expression = `last_over_time(${buckets}[${step}s]) > 0`;
  const counters = new RequestCounters(false);
  let steps = Math.max(1, Math.floor(PAGE_VALUES / Math.max(1, edges * BUCKETS_OF_EDGE)));
  // The first one is at or before the start of the range: the values that the counters had.
  for (let start = range.to - Math.ceil((range.to - range.from) / step) * step; start <= range.to; ) {
    const end = Math.min(range.to, start + (steps - 1) * step);
    try {
      counters.addPage(await prometheus.steps(expression, { start, end, step }), range.from);
      start = end + step;
    } catch (error) {
      if (!(error instanceof PrometheusError) || !error.isTooMuch) throw error;
      if (steps === 1) return null;
      steps = Math.ceil(steps / 2);
    }
  }
  return histogramsOf(counters);
}

function histogramsOf(counters: RequestCounters): EdgeHistograms {
  const histograms = new Map<string, Map<number, number>>();
  for (const { labels, counter } of counters.counters()) {
    const { producer, client, server, bound } = labels;
    if (bound === null || counter.increase === 0) continue;
    const key = histogramKey(producer, client.id, server.id);
    const counts = histograms.get(key) ?? new Map<number, number>();
    histograms.set(key, counts);
    counts.set(bound, (counts.get(bound) ?? 0) + counter.increase);
  }
  return histograms;
}
