// Counts from samples, held against what a simulated Collector counted.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WARM_UP_SECONDS } from "../../../src/graph-source/prometheus/read-counters.ts";
import { RequestCounters } from "../../../src/graph-source/prometheus/request-counters.ts";
import { requestEdges } from "../../../src/graph-source/prometheus/request-edges.ts";
import { SECONDS_SUM } from "../../../src/graph-source/prometheus/request-selector.ts";
import type { SampledSeries } from "../../../src/prometheus/prometheus.ts";
import { type SimulatedCollector, type SimulatedRequest, scraped, truth } from "./support/simulated-collector.ts";

const INTERVAL = 15;
const START = 1_795_000_200;
const HOUR = 3_600;

function within(series: readonly SampledSeries[], from: number, to: number): SampledSeries[] {
  return series.flatMap(({ labels, samples }) => {
    const inside = samples.filter(([seconds]) => seconds >= from && seconds <= to);
    return inside.length > 0 ? [{ labels, samples: inside }] : [];
  });
}

/** The counts of a range, read in pages of these lengths in turn, after the time before it. */
function counted(series: readonly SampledSeries[], [from, to]: readonly [number, number], pages: readonly number[]) {
  const counters = new RequestCounters(true);
  const sums = series.filter(({ labels }) => labels.__name__ === SECONDS_SUM);
  const counts = series.filter(({ labels }) => labels.__name__ !== SECONDS_SUM);
  counters.addPage(within(counts, from - WARM_UP_SECONDS, from), from, within(sums, from - WARM_UP_SECONDS, from));
  for (let start = from, page = 0; start < to; page++) {
    const end = Math.min(to, start + (pages[page % pages.length] ?? HOUR));
    counters.addPage(within(counts, start, end), from, within(sums, start - 120, end));
    start = end;
  }
  const { edges } = requestEdges(counters);
  return new Map(edges.map(({ client, server, total, failed }) => [`${client.name} ${server.name}`, [total, failed]]));
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

interface Edge {
  readonly period: number;
  readonly burst: number;
}

interface Traffic {
  readonly edges: readonly Edge[];
  readonly outages: readonly { readonly at: number; readonly length: number }[];
}

/** Requests of an edge: `burst` of them in each period; of every third edge all fail. */
function requestsOf({ period, burst }: Edge, i: number): SimulatedRequest[] {
  const starts = Array.from({ length: Math.ceil((5 * HOUR) / period) }, (_, turn) => START + turn * period);
  return starts.flatMap((start) =>
    Array.from({ length: burst }, (_, each) => ({
      seconds: start + each,
      client: "web",
      server: `server-${i}`,
      failed: i % 3 === 2,
    })),
  );
}

function collectorOf({ edges, outages }: Traffic): SimulatedCollector {
  return {
    origin: { job: "service-graph", instance: "collector:8889" },
    requests: edges.flatMap(requestsOf).sort((a, b) => a.seconds - b.seconds),
    outages: outages.map(({ at, length }) => [START + at, START + at + length] as const),
  };
}

const anyEdges = (min: number, max: number, minLength: number, maxLength: number) =>
  fc.array(fc.record({ period: fc.integer({ min, max }), burst: fc.integer({ min: 1, max: 4 }) }), {
    minLength,
    maxLength,
  });

// Jobs are idle for so long that their series are deleted; the series of those below 20 min are never absent.
const anyTraffic: fc.Arbitrary<Traffic> = fc
  .tuple(anyEdges(5, 400, 6, 12), anyEdges(990, 5_000, 0, 4))
  .chain(([busy, jobs]) =>
    fc.record({
      edges: fc.constant([...busy, ...jobs]),
      // A Collector that is restarted again within minutes may not have shown one counter that falls.
      outages: fc.uniqueArray(
        fc.record({ at: fc.integer({ min: 0, max: 5 * HOUR }), length: fc.integer({ min: 1, max: 1_000 }) }),
        { maxLength: 3, selector: ({ at }) => Math.floor(at / (2 * HOUR)) },
      ),
    }),
  );

test("any traffic, jobs, restarts, pages and range are counted exactly", () => {
  fc.assert(
    fc.property(
      anyTraffic,
      fc.array(fc.integer({ min: 20, max: 2 * HOUR }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 300 }),
      (traffic, pages, offset) => {
        const collector = collectorOf(traffic);
        const range = [START + HOUR + offset * INTERVAL, START + 5 * HOUR] as const;
        const series = scraped(collector, [START, range[1]], INTERVAL);
        const expected = truth(collector, range, { start: START, interval: INTERVAL });
        assert.deepEqual(sorted(counted(series, range, pages)), sorted(expected));
      },
    ),
    { numRuns: 60 },
  );
});
