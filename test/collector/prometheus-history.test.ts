// Days of history in a real Prometheus, written as a Collector's series would be: the counts are exact, read in
// pages that the server's limits make small, and in steps.
import assert from "node:assert/strict";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { test } from "node:test";
import { readPrometheusGraph } from "../../src/graph-source/prometheus/prometheus-graph.ts";
import { readCounters } from "../../src/graph-source/prometheus/read-counters.ts";
import { requestEdges } from "../../src/graph-source/prometheus/request-edges.ts";
import { FAILED, requestSelector, SECONDS_SUM, TOTAL } from "../../src/graph-source/prometheus/request-selector.ts";
import { Prometheus, type SampledSeries } from "../../src/prometheus/prometheus.ts";
import { readPrometheusAccess } from "../../src/prometheus/prometheus-access.ts";
import {
  type SimulatedCollector,
  type SimulatedRequest,
  scraped,
  truth,
} from "../graph-source/prometheus/support/simulated-collector.ts";
import { startPrometheus } from "./support/prometheus-process.ts";

const HOUR = 3_600;
const DAYS = 3;
const INTERVAL = 30;
/** Blocks begin at even hours, and Prometheus takes no sample of the last hours from outside. */
const END = Math.floor(Date.now() / 1000 / (2 * HOUR)) * 2 * HOUR - 4 * HOUR;
const START = END - DAYS * 24 * HOUR;
const RANGE = { from: END - 2 * 24 * HOUR, to: END };
/** Times of the restarts, in the third and the second half hour of some hours: some at once, some with a long outage. */
const OUTAGES = [10, 26, 33, 34, 51, 66].map((hour, i) => {
  const at = START + hour * HOUR + 700 + i * 41;
  return [at, at + 5 + i * 170] as const;
});

function every(period: number, burst: number, i: number): SimulatedRequest[] {
  return Array.from({ length: Math.floor((END - START) / period) * burst }, (_, n) => ({
    seconds: START + Math.floor(n / burst) * period + (n % burst) * 2,
    client: `client-${i % 5}`,
    server: `server-${i}`,
    failed: i % 4 === 3,
  }));
}

/** Some edges are busy, some are jobs that run once in one to 24 hours. */
const COLLECTORS: readonly SimulatedCollector[] = ["a", "b"].map((instance, replica) => ({
  origin: { job: "service-graph", instance: `${instance}:8889` },
  requests: [
    ...Array.from({ length: 16 }, (_, i) => every(13 + i * 17 + replica, 1 + (i % 3), i)),
    ...[1, 2, 3, 6, 24].map((hours, i) => every(hours * HOUR + 7, 1 + (i % 3), 16 + i)),
    // Deleted, and back before they are absent.
    every(17 * 60 + 5, 1, 21),
    every(19 * 60, 2, 22),
  ]
    .flat()
    .sort((a, b) => a.seconds - b.seconds),
  outages: replica === 0 ? OUTAGES : OUTAGES.slice(2, 4).map(([from, to]) => [from + 900, to + 900] as const),
}));

async function writeOpenMetrics(path: string, series: readonly SampledSeries[]): Promise<void> {
  const file = createWriteStream(path);
  for (const metric of [TOTAL, FAILED, SECONDS_SUM]) {
    const isCounter = metric.endsWith("_total");
    file.write(`# TYPE ${metric.replace(/_total$/, "")} ${isCounter ? "counter" : "unknown"}\n`);
    for (const { labels, samples } of series) {
      const { __name__: name, ...others } = labels;
      if (name !== metric) continue;
      const text = Object.entries(others).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      file.write(samples.map(([seconds, value]) => `${name}{${text.join(",")}} ${value} ${seconds}\n`).join(""));
    }
  }
  file.end("# EOF\n");
  await finished(file);
}

/** What all Collectors counted of each edge. */
function expected(): Map<string, readonly [number, number]> {
  const all = new Map<string, readonly [number, number]>();
  for (const collector of COLLECTORS) {
    for (const [edge, [total, failed]] of truth(collector, [RANGE.from, RANGE.to], {
      start: START,
      interval: INTERVAL,
    })) {
      const known = all.get(edge) ?? [0, 0];
      all.set(edge, [known[0] + total, known[1] + failed]);
    }
  }
  return all;
}

const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

test("days of history are counted exactly", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-history-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const samples = join(folder, "samples.txt");
  const series = COLLECTORS.flatMap((collector) => scraped(collector, [START, END], INTERVAL));
  await writeOpenMetrics(samples, series);
  const url = await startPrometheus(t, [], { samples, args: ["--query.max-samples=60000"] });
  const truthOfRange = sorted(expected());
  assert.ok(truthOfRange.length > 20);

  const edgesRead = async () => {
    const at = new Date(RANGE.to * 1000).toISOString();
    const graph = await readPrometheusGraph({ prometheus: url, range: "2d", at });
    return sorted(
      new Map(
        graph.edges.map(({ client, server, outcomes: { established, failed = 0 } }) => [
          `${client.split("/")[2]} ${server.split("/")[2]}`,
          [established + failed, failed],
        ]),
      ),
    );
  };
  await t.test("in pages", async () => assert.deepEqual(await edgesRead(), truthOfRange));
  await t.test("in steps, but for series that are back before they are absent", async () => {
    const prometheus = new Prometheus(readPrometheusAccess(url, {}, {}), 60_000);
    const limits = { maxSamples: 0, maxResetSamples: 10_000_000 };
    const found = await readCounters(prometheus, requestSelector([]), RANGE, limits);
    assert.ok(found !== null && found.stepSeconds !== null);
    const { edges } = requestEdges(found.counters);
    const read = edges.map(
      ({ client, server, total, failed }) => [`${client.name} ${server.name}`, [total, failed]] as const,
    );
    const isAbsentBetween = ([edge]: readonly [string, unknown]) => !/server-2[12]$/.test(edge);
    assert.deepEqual(sorted(new Map(read)).filter(isAbsentBetween), truthOfRange.filter(isAbsentBetween));
  });
});
