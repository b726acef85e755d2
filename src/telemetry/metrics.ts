import type { WatchState } from "../kubernetes/client/watch-state.ts";
import type { Metric, Sample } from "./exposition.ts";
import type { Counts, Stats } from "./stats.ts";

/** What an agent writes to `--stats`, as far as metrics are made of it. */
export interface AgentFigures extends Stats {
  readonly agents: Counts;
  /** Interactions by outcome. */
  readonly outcomes: Counts;
  readonly sensor: { readonly starts: number; readonly lost: Counts; readonly unread: number };
  readonly events: Counts | null;
  /** What the watches of the Kubernetes API have cost it. */
  readonly api: Counts | null;
  /** Numbers by fate, and one level of numbers by reason below. */
  readonly pairs: object;
}

/** The counters of `--stats` as Prometheus metrics: what one shows, the other shows too. */
export function agentMetrics(figures: AgentFigures): Metric[] {
  const { kernelReceived, kernelDrops, tables } = figures;
  const isBytes = ([name]: [string, number]): boolean => name.endsWith("Bytes");
  return [
    counter("packets", "Packets that the sensor was given.", figures.packets),
    counterBy("packets_ignored", "Packets that became neither handshake nor DNS message.", "reason", figures.ignored),
    counterBy("packets_tunnelled", "Packets that hold others, which are not read.", "tunnel", { ...figures.tunnels }),
    counter("kernel_received_packets", "Frames that the kernel took for this capture, lost ones too.", kernelReceived),
    counter("kernel_dropped_packets", "Frames that the kernel lost for want of room.", kernelDrops),
    gauge("kernel_queued_packets", "Frames that the sensor has not been given yet.", [sample(figures.kernelQueued)]),
    gauge("loss_ratio", "Lost share of the frames for this capture since the start, 0 to 1.", [
      sample(kernelReceived === 0 ? 0 : kernelDrops / kernelReceived),
    ]),
    gauge("longest_dispatch_seconds", "Longest time in which the sensor did nothing but take packets.", [
      sample(figures.longestDispatchMillis / 1000),
    ]),
    counter("dns_memo_hits", "DNS answers whose meaning was remembered.", figures.dnsMemo.hits),
    counter("dns_memo_misses", "DNS answers that were decoded.", figures.dnsMemo.misses),
    counter("dns_answers_truncated", "DNS answers that were read or kept in part only.", figures.dnsAnswersTruncated),
    counterBy("facts", "What the sensor told.", "type", { ...figures.facts }),
    counterBy("facts_ignored", "Facts that draw nothing.", "reason", figures.factsIgnored),
    counterBy("handshake_packets", "SYNs and answers beyond an attempt's first ones.", "fate", figures.handshakes),
    counterBy("interactions", "Connections and lookups that were told.", "outcome", figures.outcomes),
    counter("interactions_unresolved", "Interactions with an end whose owner never became known.", figures.unresolved),
    gauge(
      "table_entries",
      "Entries held now.",
      samplesBy("table", tables, (entry) => !isBytes(entry)),
    ),
    gauge("table_bytes", "Bytes held now.", samplesBy("table", tables, isBytes)),
    counterBy("table_evicted", "What a full table had to give up.", "table", figures.evicted),
    gauge(
      "agents",
      "Agents of the cluster; no other agent reports what one that is not ready would see.",
      samplesBy("state", figures.agents),
    ),
    counter("sensor_starts", "Times that the sensor was started.", figures.sensor.starts),
    counter("sensor_unread_packets", "Packets that a sensor had not read when it ended.", figures.sensor.unread),
    counterBy("sensor_lost", "Times that the sensor was lost, by what ended it.", "reason", figures.sensor.lost),
    ...Object.entries(figures.events ?? {}).map(([name, value]) =>
      counter(`events_${snakeCase(name)}`, "Lines of --events.", value),
    ),
    ...Object.entries(figures.api ?? {}).map(([name, value]) =>
      counter(`cluster_api_${snakeCase(name)}`, `Watches of the Kubernetes API: ${name}.`, value),
    ),
    ...pairMetrics(figures.pairs),
  ];
}

/** Watches of the Kubernetes API, a sample for each kind. */
export function watchMetrics(watches: readonly WatchState[]): Metric[] {
  return [
    gauge(
      "cluster_watch_synced",
      "1 when all objects of this kind were listed.",
      watches.map(({ kind, isSynced }) => sample(Number(isSynced), { kind })),
    ),
    gauge(
      "cluster_watch_up",
      "1 while changes of this kind are followed.",
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

function counterBy(name: string, help: string, label: string, counts: Counts): Metric {
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
    const help = `Span pairs: ${snakeCase(name).replaceAll("_", " ")}.`;
    if (typeof value === "number") return [counter(metric, help, value)];
    return typeof value === "object" && value !== null ? [counterBy(metric, help, "reason", value as Counts)] : [];
  });
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
