// The counters of a Collector's service_graph connector as Prometheus scrapes them: series begin with their first request,
// are deleted when they have not changed for 15 min, and all begin again when the Collector is restarted.
import type { SampledSeries } from "../../../../src/prometheus/prometheus.ts";

export interface SimulatedRequest {
  readonly seconds: number;
  readonly client: string;
  readonly server: string;
  readonly failed?: boolean;
}

export interface SimulatedCollector {
  /** Labels of the process. */
  readonly origin: Readonly<Record<string, string>>;
  /** In the order of time. */
  readonly requests: readonly SimulatedRequest[];
  /** Times at which it is down, and loses all counters. */
  readonly outages: readonly (readonly [from: number, to: number])[];
}

const SUM = "traces_service_graph_request_server_seconds_sum";
const IDLE_SECONDS = 15 * 60;
/** The connector looks for idle series once a minute; the exporter keeps them for 5 min. */
const CHECK_SECONDS = 60;
const KEPT_SECONDS = 5 * 60;

interface Held {
  labels: Record<string, string>;
  value: number;
  /** Of durations, for the counter of requests. */
  sum: number;
  changed: number;
  /** Deleted by the connector at this time, and still exported. */
  deleted: number | null;
}

/** All samples of its counters from `from` to `to`, one in `interval` seconds. */
export function scraped(
  { origin, requests, outages }: SimulatedCollector,
  [from, to]: readonly [number, number],
  interval: number,
): SampledSeries[] {
  const series = new Map<string, { labels: Record<string, string>; samples: [number, string][] }>();
  const held = new Map<string, Held>();
  let next = 0;
  const isDown = (seconds: number): boolean => outages.some(([start, end]) => seconds >= start && seconds < end);
  for (let second = from; second <= to; second++) {
    if (isDown(second)) held.clear();
    for (; (requests[next]?.seconds ?? Number.POSITIVE_INFINITY) <= second; next++) {
      const request = requests[next] as SimulatedRequest;
      if (!isDown(second)) count(held, request, second);
    }
    if ((second - from) % CHECK_SECONDS === 0) {
      for (const [key, each] of held) {
        if (each.deleted === null && second - each.changed > IDLE_SECONDS) each.deleted = second;
        if (each.deleted !== null && second - each.deleted >= KEPT_SECONDS) held.delete(key);
      }
    }
    if ((second - from) % interval !== 0) continue;
    for (const [key, { labels, value, sum }] of held) {
      const known = series.get(key) ?? { labels: { ...labels, ...origin }, samples: [] };
      series.set(key, known);
      known.samples.push([second, String(value)]);
      if (labels.__name__ !== "traces_service_graph_request_total") continue;
      const sums = series.get(`${key} sum`) ?? { labels: { ...labels, ...origin, __name__: SUM }, samples: [] };
      series.set(`${key} sum`, sums);
      sums.samples.push([second, String(sum)]);
    }
  }
  return [...series.values()];
}

function count(held: Map<string, Held>, { client, server, failed = false }: SimulatedRequest, second: number): void {
  for (const name of ["total", ...(failed ? ["failed_total"] : [])]) {
    const labels = {
      __name__: `traces_service_graph_request_${name}`,
      client,
      server,
      client_service_namespace: "shop",
      server_service_namespace: "shop",
      connection_type: "",
      failed: String(failed),
    };
    const key = JSON.stringify(labels);
    const known = held.get(key);
    const goesOn = known !== undefined && known.deleted === null;
    // A duration that differs from that of every other request.
    const duration = 0.001 + (second % 100_003) * 1e-9;
    held.set(key, {
      labels,
      value: goesOn ? known.value + 1 : 1,
      sum: goesOn ? known.sum + duration : duration,
      changed: second,
      deleted: null,
    });
  }
}

/** What scrapes at these times can show of a range: requests and failures of each edge. What a restart lost is not counted. */
export function truth(
  { requests, outages }: SimulatedCollector,
  [from, to]: readonly [number, number],
  scrapes: { readonly start: number; readonly interval: number },
): ReadonlyMap<string, readonly [total: number, failed: number]> {
  const counts = new Map<string, [number, number]>();
  for (const { seconds, client, server, failed = false } of requests) {
    const shown = scrapes.start + Math.ceil((seconds - scrapes.start) / scrapes.interval) * scrapes.interval;
    const isLost = outages.some(([start, end]) => shown >= start && seconds < end);
    if (shown <= from || shown > to || isLost) continue;
    const edge = counts.get(`${client} ${server}`) ?? [0, 0];
    counts.set(`${client} ${server}`, edge);
    edge[0]++;
    if (failed) edge[1]++;
  }
  return counts;
}
