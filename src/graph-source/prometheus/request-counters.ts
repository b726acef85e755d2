import type { SampledSeries } from "../../prometheus/prometheus.ts";
import type { Counter } from "./counter.ts";
import { changesOfSum } from "./hidden-resets.ts";
import { Origin, type Sample } from "./origin.ts";
import { type RequestLabels, readRequestLabels } from "./request-labels.ts";
import { REQUEST_METRICS } from "./request-selector.ts";

/** Series that are kept at most: 50,000 edges with their failures, of two producers or replicas. */
const MAX_COUNTERS = 200_000;
/** Share of the writes after which all counters of a process are lower: restarts are rarer. */
const MAX_RESTART_SHARE = 0.05;
const MIN_WRITES = 20;

/** A counter with what it counts. */
interface LabeledCounter {
  readonly labels: RequestLabels;
  readonly counter: Counter;
}

/** The counters of all processes that write request metrics. */
export class RequestCounters {
  readonly #origins = new Map<string, Origin>();
  readonly #labels = new Map<string, RequestLabels>();
  readonly #deletesIdle: boolean;
  /** Series beyond the maximum. */
  dropped = 0;
  /** Time of the earliest sample; infinite before the first. */
  firstSampleSeconds = Number.POSITIVE_INFINITY;

  /** `deletesIdle`: a counter that did not change for 15 min has been deleted. Not so for the buckets of a histogram. */
  constructor(deletesIdle: boolean) {
    this.#deletesIdle = deletesIdle;
  }

  /** Number of series. */
  get size(): number {
    return this.#labels.size;
  }

  /** Names of the clusters, if labels have them. */
  get clusters(): ReadonlySet<string> {
    return new Set([...this.#labels.values()].flatMap(({ cluster }) => cluster ?? []));
  }

  /** Values from before the first page. */
  addBaselines(
    series: readonly { readonly labels: Readonly<Record<string, string>>; readonly sample: Sample }[],
  ): void {
    for (const { labels, sample } of series) {
      const known = this.#known(labels);
      if (known !== null) this.#originOf(known).setBaseline(known.key, sample);
    }
  }

  /**
   * The next samples of all series. Increases count from `fromSeconds` on. `sums`: the sums of durations of series that may
   * have begun again with the same value.
   */
  addPage(series: readonly SampledSeries[], fromSeconds: number, sums: readonly SampledSeries[] = []): void {
    const byOrigin = new Map<Origin, Map<string, Sample[]>>();
    for (const { labels, samples } of series) {
      const known = this.#known(labels);
      if (known === null) continue;
      const origin = this.#originOf(known);
      const page = byOrigin.get(origin) ?? new Map<string, Sample[]>();
      byOrigin.set(origin, page);
      page.set(known.key, merged(page.get(known.key), numbers(samples)));
      this.firstSampleSeconds = Math.min(this.firstSampleSeconds, samples[0]?.[0] ?? Number.POSITIVE_INFINITY);
    }
    const changes = this.#changes(sums);
    for (const [origin, page] of byOrigin) origin.addPage(page, fromSeconds, changes);
  }

  /** Times at which the sum of durations changed, by the key of each counter. */
  #changes(sums: readonly SampledSeries[]): ReadonlyMap<string, readonly number[]> {
    const changes = new Map<string, readonly number[]>();
    for (const sum of sums) {
      for (const name of REQUEST_METRICS) {
        const key = readRequestLabels({ ...sum.labels, __name__: name })?.key;
        if (key !== undefined) changes.set(key, [...(changes.get(key) ?? []), ...changesOfSum(sum)]);
      }
    }
    return changes;
  }

  *counters(): Generator<LabeledCounter> {
    for (const origin of this.#origins.values()) {
      for (const [key, counter] of origin.counters) {
        const labels = this.#labels.get(key);
        if (labels !== undefined) yield { labels, counter };
      }
    }
  }

  /** Whether counters fall so often that several processes must be writing the same series. */
  get isShared(): boolean {
    return [...this.#origins.values()].some(
      ({ writes, restarts }) => writes >= MIN_WRITES && restarts > writes * MAX_RESTART_SHARE,
    );
  }

  /** Null for series that are not kept. */
  #known(labels: Readonly<Record<string, string>>): RequestLabels | null {
    const read = readRequestLabels(labels);
    if (read === null) return null;
    const known = this.#labels.get(read.key);
    if (known !== undefined) return known;
    if (this.#labels.size >= MAX_COUNTERS) {
      this.dropped++;
      return null;
    }
    this.#labels.set(read.key, read);
    return read;
  }

  #originOf({ origin: key, producer }: RequestLabels): Origin {
    let origin = this.#origins.get(key);
    if (origin === undefined) {
      // Tempo deletes idle series too, and writes a 0 when they begin again, which is a reset that is seen.
      origin = new Origin(this.#deletesIdle && producer === "collector");
      this.#origins.set(key, origin);
    }
    return origin;
  }
}

function numbers(samples: SampledSeries["samples"]): Sample[] {
  return samples.flatMap(([seconds, text]) => {
    const value = Number(text);
    return Number.isFinite(value) ? [[seconds, value] as const] : [];
  });
}

/** Two Prometheus servers that scrape the same process have samples of one counter at different times. */
function merged(known: Sample[] | undefined, samples: Sample[]): Sample[] {
  return known === undefined ? samples : [...known, ...samples].sort(([a], [b]) => a - b);
}
