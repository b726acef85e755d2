import type { WatchState } from "../kubernetes/client/watch-state.ts";
import type { Metric, Sample } from "./exposition.ts";
import type { Counts, Stats } from "./stats.ts";

/** The part of an agent's `--stats` that its metrics show. */
export interface AgentFigures extends Stats {
  readonly agents: Counts;
  /** Interactions by outcome. */
  readonly outcomes: Counts;
  readonly sensor: { readonly starts: number; readonly lost: Counts; readonly unread: number };
  readonly events: Counts | null;
  /** Requests to the Kubernetes API. */
  readonly api: Counts | null;
  /** Counters of span pairs; a counter by reason is an object. */
  readonly pairs: object;
  /** By who sends spans of their own: neither end, one of two, all that can. */
  readonly rollout: { readonly connections: Counts; readonly edges: Counts };
}

const EVENTS_HELP: Readonly<Record<string, string>> = {
  read: "Events read from --events.",
  badLines: "Lines of --events that were ignored because the line or its object is invalid.",
};

const API_HELP: Readonly<Record<string, string>> = {
  requests: "Requests to the Kubernetes API.",
  bytes: "Bytes of the responses of the Kubernetes API.",
  invalidObjects: "Objects from the Kubernetes API that were ignored because they are invalid.",
};

const PAIRS_HELP: Readonly<Record<string, string>> = {
  made: "Span pairs created.",
  bothInstrumented: "Interactions without a span pair because both ends export spans of their own.",
  lookupsRedundant: "Lookups without a span pair because another span pair shows them.",
  aggregated: "Interactions represented by the span pair of another one.",
  rateLimited: "Interactions without a span pair because of --max-pairs-per-edge.",
  queued: "Span pairs added to the export queue.",
  sent: "Span pairs that the Collector accepted.",
  unknown: "Span pairs sent without a response, which the Collector may have accepted.",
  retried: "Span pairs sent again.",
  dropped: "Span pairs not delivered, by reason.",
};

/** The counters of `--stats` as Prometheus metrics, all of them. */
export function agentMetrics(figures: AgentFigures): Metric[] {
  const { kernelReceived, kernelDrops, tables } = figures;
  const isBytes = ([name]: [string, number]): boolean => name.endsWith("Bytes");
  return [
    counter("packets", "Packets that the sensor received from libpcap.", figures.packets),
    counterBy(
      "packets_ignored",
      "Packets that are neither part of a handshake nor a DNS message.",
      "reason",
      figures.ignored,
    ),
    counterBy("packets_tunnelled", "Packets with an encapsulated packet, which is not decoded.", "tunnel", {
      ...figures.tunnels,
    }),
    counter(
      "kernel_received_packets",
      "Frames that matched the capture filter, dropped ones included.",
      kernelReceived,
    ),
    counter(
      "kernel_dropped_packets",
      "Frames that the sensor never read: the capture buffer was full, or no agent was connected.",
      kernelDrops,
    ),
    gauge("kernel_queued_packets", "Frames in the capture buffer, not read yet.", [sample(figures.kernelQueued)]),
    gauge("loss_ratio", "Ratio of dropped to received frames since the start, 0 to 1.", [
      sample(kernelReceived === 0 ? 0 : Math.min(1, kernelDrops / kernelReceived)),
    ]),
    gauge("longest_dispatch_seconds", "Longest uninterrupted run of packet processing in the sensor.", [
      sample(figures.longestDispatchMillis / 1000),
    ]),
    counter("dns_memo_hits", "DNS answers whose decoded form was cached.", figures.dnsMemo.hits),
    counter("dns_memo_misses", "DNS answers that were decoded.", figures.dnsMemo.misses),
    counter("dns_answers_truncated", "DNS answers that were read or kept only in part.", figures.dnsAnswersTruncated),
    counterBy("facts", "Facts from the sensor.", "type", { ...figures.facts }),
    counterBy("facts_ignored", "Facts without an interaction.", "reason", figures.factsIgnored),
    counterBy("handshake_packets", "SYNs and answers after the first of an attempt.", "fate", figures.handshakes),
    counterBy("interactions", "Reported connections and lookups.", "outcome", figures.outcomes),
    counter("interactions_unresolved", "Interactions with an unresolved end.", figures.unresolved),
    gauge(
      "table_entries",
      "Current number of entries.",
      samplesBy("table", tables, (entry) => !isBytes(entry)),
    ),
    gauge("table_bytes", "Current size in bytes.", samplesBy("table", tables, isBytes)),
    counterBy("table_evicted", "Entries evicted because a table was full.", "table", figures.evicted),
    gauge(
      "agents",
      "Agents of the cluster. What an agent that is not ready would observe is not reported by any other agent.",
      samplesBy("state", figures.agents),
    ),
    counter("sensor_starts", "Starts of the sensor, or connections to it.", figures.sensor.starts),
    counter(
      "sensor_unread_packets",
      "Packets that were received but not read when a sensor exited.",
      figures.sensor.unread,
    ),
    counterBy(
      "sensor_lost",
      "Times that the sensor stopped unexpectedly, or was refused.",
      "reason",
      figures.sensor.lost,
    ),
    ...Object.entries(figures.events ?? {}).map(([name, value]) =>
      counter(`events_${snakeCase(name)}`, EVENTS_HELP[name] ?? "Lines of --events.", value),
    ),
    ...Object.entries(figures.api ?? {}).map(([name, value]) =>
      counter(`cluster_api_${snakeCase(name)}`, API_HELP[name] ?? "Requests to the Kubernetes API.", value),
    ),
    ...pairMetrics(figures.pairs),
    counterBy(
      "rollout_connections",
      "Connections that spans of their own ends can show, by who sends such spans: no end, one of two, or every end that can.",
      "state",
      figures.rollout.connections,
    ),
    gauge(
      "rollout_edges",
      "Edges of this agent's connections in the last 12 to 24 hours, by the same states. The sum over all agents counts an edge once for each node with one of its clients.",
      samplesBy("state", figures.rollout.edges),
    ),
  ];
}

/** The watches of the Kubernetes API, with a sample for each kind. */
export function watchMetrics(watches: readonly WatchState[]): Metric[] {
  return [
    gauge(
      "cluster_watch_synced",
      "1 after a complete list of this kind.",
      watches.map(({ kind, isSynced }) => sample(Number(isSynced), { kind })),
    ),
    gauge(
      "cluster_watch_up",
      "1 while this kind is watched.",
      watches.map(({ kind, problem }) => sample(Number(problem === null), { kind })),
    ),
  ];
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `wirespan_${name}`, type: "gauge", help, samples };
}

export function sample(value: number, labels: Readonly<Record<string, string>> = {}): Sample {
  return { labels, value };
}

function counter(name: string, help: string, value: number): Metric {
  return { name: `wirespan_${name}_total`, type: "counter", help, samples: [sample(value)] };
}

export function counterBy(name: string, help: string, label: string, counts: Counts): Metric {
  return { name: `wirespan_${name}_total`, type: "counter", help, samples: samplesBy(label, counts) };
}

function samplesBy(label: string, counts: Counts, keeps: (entry: [string, number]) => boolean = () => true): Sample[] {
  return Object.entries(counts)
    .filter(keeps)
    .map(([name, value]) => sample(value, { [label]: snakeCase(name.replace(/Bytes$/, "")) }));
}

function pairMetrics(pairs: object): Metric[] {
  return Object.entries(pairs).flatMap(([name, value]: [string, unknown]) => {
    const metric = `pairs_${snakeCase(name)}`;
    const help = PAIRS_HELP[name] ?? `Span pairs: ${snakeCase(name).replaceAll("_", " ")}.`;
    if (typeof value === "number") return [counter(metric, help, value)];
    return typeof value === "object" && value !== null ? [counterBy(metric, help, "reason", value as Counts)] : [];
  });
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
