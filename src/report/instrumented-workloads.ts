import { GenerationalCache } from "../bounded/generational-cache.ts";
import { type End, type Interaction, OtlpPort, type Workload } from "../model/interaction.ts";
import { nodeKey } from "./edge-key.ts";

/**
 * A connection to a Collector stays open for hours, so one is proof for a day. No longer: a workload that stops sending
 * spans, and has no such spec, must reappear in the graph.
 */
const SENDER_MEMORY_MICROS = 24 * 3_600_000_000;
/** Workloads of each kind remembered, in each of two generations. */
const MAX_WORKLOADS = 16_384;

/** `receives`: a Collector, which passes on the spans of others. */
type SpanRole = "sends" | "receives" | "none";

export interface SpanRoles {
  readonly client: SpanRole;
  readonly server: SpanRole;
}

/**
 * Workloads that send their own spans. An edge between two of them is in the service graph already: a pair made from
 * packets would count each request twice. A workload that is not known to send spans gets pairs.
 *
 * Proof of sending is the pod's spec, or a connection to an OTLP port. Proof of the contrary is a spec that says so,
 * receiving spans (a Collector passes on those of others), or being a DaemonSet (which sends those of the node's pods).
 * Packets do not show whether traces, metrics or logs went to an OTLP port. Time is that of the interactions.
 */
export class InstrumentedWorkloads {
  readonly #senders: GenerationalCache<string, number>;
  readonly #receivers: GenerationalCache<string, true>;

  constructor(maxWorkloads = MAX_WORKLOADS) {
    this.#senders = new GenerationalCache(maxWorkloads);
    this.#receivers = new GenerationalCache(maxWorkloads);
  }

  /** Workloads remembered now. */
  get size(): number {
    return this.#senders.size + this.#receivers.size;
  }

  /** What each end does with spans. Must see every interaction: senders are learned from them. */
  rolesOf(interaction: Interaction): SpanRoles {
    const { client, server, timeMicros } = interaction;
    this.#learn(interaction);
    return { client: this.#roleOf(client, timeMicros), server: this.#roleOf(server, timeMicros) };
  }

  #learn({ outcome, client, server, dialled, serverAddress, timeMicros }: Interaction): void {
    if (outcome !== "established") return;
    const dialledPort = dialled === null ? 0 : dialled.port;
    const servedPort = serverAddress === null ? 0 : serverAddress.port;
    const isOtlp = isOtlpPort(dialledPort) || isOtlpPort(servedPort);
    if (isOtlp && server.type === "workload") this.#receivers.set(nodeKey(server), true);
    if (client.type !== "workload") return;
    const isOther = isOtherSpanPort(dialledPort) || isOtherSpanPort(servedPort);
    if (isOtlp || (isOther && this.#receivers.get(nodeKey(server)) === true)) {
      this.#senders.set(nodeKey(client), timeMicros);
    }
  }

  #roleOf(end: End, timeMicros: number): SpanRole {
    if (end.type !== "workload") return "none";
    if (this.#receivers.get(nodeKey(end)) === true) return "receives";
    if (end.ownSpans === "not_sent" || isNodeAgent(end)) return "none";
    return end.ownSpans === "sent" || this.#wasSeenSending(end, timeMicros) ? "sends" : "none";
  }

  #wasSeenSending(end: End, timeMicros: number): boolean {
    if (this.#senders.size === 0) return false;
    const seenMicros = this.#senders.get(nodeKey(end));
    return seenMicros !== undefined && timeMicros - seenMicros < SENDER_MEMORY_MICROS;
  }
}

function isOtlpPort(port: number): boolean {
  return port === OtlpPort.grpc || port === OtlpPort.http;
}

/** Zipkin, Jaeger over gRPC and HTTP, OpenCensus: proof only where the server also receives OTLP. */
function isOtherSpanPort(port: number): boolean {
  return port === 9411 || port === 14250 || port === 14268 || port === 55678;
}

function isNodeAgent({ kind }: Workload): boolean {
  return kind === "DaemonSet";
}
