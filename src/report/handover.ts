import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import { type End, type Interaction, OTLP_PORTS, type Workload } from "../model/interaction.ts";
import { nodeKey } from "./edge-key.ts";

/**
 * A connection to a Collector stays open for hours, so it is believed for a day. No longer: a workload that sends no
 * more, and whose spec never said that it does, must come back into the graph.
 */
const SENDER_MEMORY_MICROS = 24 * 3_600_000_000;
/** Workloads of each kind remembered, in each of two generations. */
const MAX_WORKLOADS = 16_384;

/**
 * Leaves edges to the applications that draw them themselves: where both ends send spans of their own, a pair from
 * packets would count each request twice. Whoever is not certain to send is dark, and a pair with a dark end goes out.
 *
 * Certain is what a pod's spec says, and a connection to an OTLP port. Certain not to are those that say so, those
 * that take spans from others (Collectors, which pass them on), and DaemonSets, which send what the node's pods say.
 * Whether traces, metrics or logs went to an OTLP port, packets do not tell. Time is the interactions' own.
 */
export class HandOver {
  readonly #senders: TwoGenerationMap<string, number>;
  readonly #receivers: TwoGenerationMap<string, true>;
  #taken = 0;

  constructor(maxWorkloads = MAX_WORKLOADS) {
    this.#senders = new TwoGenerationMap(maxWorkloads);
    this.#receivers = new TwoGenerationMap(maxWorkloads);
  }

  /** Interactions that `takes` said yes to. */
  get taken(): number {
    return this.#taken;
  }

  /** Workloads remembered now. */
  get size(): number {
    return this.#senders.size + this.#receivers.size;
  }

  /** Whether both ends send spans of their own. Must see every interaction, since it learns from them who sends. */
  takes(interaction: Interaction): boolean {
    const { client, server, timeMicros } = interaction;
    this.#learn(interaction);
    const isTaken = this.#sendsSpans(client, timeMicros) && this.#sendsSpans(server, timeMicros);
    if (isTaken) this.#taken++;
    return isTaken;
  }

  #learn({ outcome, client, server, dialled, serverAddress, timeMicros }: Interaction): void {
    if (outcome !== "established") return;
    const dialledPort = dialled === null ? 0 : dialled.port;
    const servedPort = serverAddress === null ? 0 : serverAddress.port;
    const isOtlp = OTLP_PORTS.has(dialledPort) || OTLP_PORTS.has(servedPort);
    if (isOtlp && server.type === "workload") this.#receivers.set(nodeKey(server), true);
    if (client.type !== "workload") return;
    const isOther = isOtherSpanPort(dialledPort) || isOtherSpanPort(servedPort);
    if (isOtlp || (isOther && this.#receivesSpans(server))) {
      this.#senders.set(nodeKey(client), timeMicros);
    }
  }

  #sendsSpans(end: End, timeMicros: number): boolean {
    if (end.type !== "workload" || end.ownSpans === "not_sent" || isNodeAgent(end)) return false;
    return (end.ownSpans === "sent" || this.#wasSeenSending(end, timeMicros)) && !this.#receivesSpans(end);
  }

  #wasSeenSending(end: End, timeMicros: number): boolean {
    if (this.#senders.size === 0) return false;
    const seenMicros = this.#senders.get(nodeKey(end));
    return seenMicros !== undefined && timeMicros - seenMicros < SENDER_MEMORY_MICROS;
  }

  #receivesSpans(end: End): boolean {
    return this.#receivers.get(nodeKey(end)) === true;
  }
}

/** Of a workload that takes OTLP: Zipkin, Jaeger over gRPC and HTTP, OpenCensus. Its other ports are no sign of spans. */
function isOtherSpanPort(port: number): boolean {
  return port === 9411 || port === 14250 || port === 14268 || port === 55678;
}

function isNodeAgent({ kind }: Workload): boolean {
  return kind === "DaemonSet";
}
