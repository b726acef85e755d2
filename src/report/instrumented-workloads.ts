import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { nodeKey } from "./edge-key.ts";
import { type SpanRole, spanPorts, spanRole } from "./tracing-rule.ts";

/**
 * A connection to a Collector stays open for hours, so one is proof for a day. No longer: a workload that stops sending
 * spans, and has no such spec, must reappear in the graph.
 */
const SENDER_MEMORY_MICROS = 24 * 3_600_000_000;
/** Workloads of each kind remembered, in each of two generations. */
const MAX_WORKLOADS = 16_384;

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
    const ports = spanPorts(dialled?.port ?? null, serverAddress?.port ?? null);
    if (ports === null) return;
    if (ports === "otlp" && server.type === "workload") this.#receivers.set(nodeKey(server), true);
    if (client.type === "workload" && (ports === "otlp" || this.#receives(server))) {
      this.#senders.set(nodeKey(client), timeMicros);
    }
  }

  #roleOf(end: End, timeMicros: number): SpanRole {
    if (end.type !== "workload") return "none";
    const observed = { received: this.#receives(end), sent: this.#wasSeenSending(end, timeMicros) };
    return spanRole(end.kind, end.ownSpans, observed);
  }

  #receives(end: End): boolean {
    return this.#receivers.size > 0 && this.#receivers.get(nodeKey(end)) === true;
  }

  #wasSeenSending(end: End, timeMicros: number): boolean {
    if (this.#senders.size === 0) return false;
    const seenMicros = this.#senders.get(nodeKey(end));
    return seenMicros !== undefined && timeMicros - seenMicros < SENDER_MEMORY_MICROS;
  }
}
