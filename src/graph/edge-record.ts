import { type Evidence, type Interaction, OUTCOMES, type Outcome } from "../model/interaction.ts";
import type { GraphEdge, HandshakeQuantiles } from "../model/service-graph.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

/** A sorted list's worth of distinct values with a capacity; the last value costs one comparison. */
class BoundedSet<T> {
  readonly #values = new Set<T>();
  #last: T | undefined;

  /** False when the value is new and there is no room for it. */
  add(value: T, capacity: number): boolean {
    if (value === this.#last) return true;
    if (!this.#values.has(value)) {
      if (this.#values.size >= capacity) return false;
      this.#values.add(value);
    }
    this.#last = value;
    return true;
  }

  sorted(compare: (a: T, b: T) => number): readonly T[] {
    return [...this.#values].sort(compare);
  }
}

/** How much one edge may hold. */
export interface EdgeBounds {
  readonly maxNamesPerEdge: number;
  readonly maxPortsPerEdge: number;
}

/** Values that found no room in their edge. */
export interface EdgeDrops {
  names: number;
  ports: number;
}

const EVIDENCE_ORDER: readonly Evidence[] = ["handshake", "lookup", "socket"];

/** What is known of one edge, growing with each interaction. */
export class EdgeRecord {
  readonly #outcomes: Record<Outcome, number>;
  readonly #dialledPorts = new BoundedSet<number>();
  readonly #servedPorts = new BoundedSet<number>();
  readonly #names = new BoundedSet<string>();
  readonly #evidence = new Set<Evidence>();
  /** Interactions left to the spans of both ends. */
  handedOver = 0;
  #firstSeenMicros = Number.POSITIVE_INFINITY;
  #lastSeenMicros = Number.NEGATIVE_INFINITY;
  #handshakes: LatencyHistogram | null = null;

  constructor() {
    this.#outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  }

  add(interaction: Interaction, bounds: EdgeBounds, drops: EdgeDrops): void {
    this.#outcomes[interaction.outcome]++;
    this.#evidence.add(interaction.evidence);
    const time = interaction.timeMicros;
    if (time < this.#firstSeenMicros) this.#firstSeenMicros = time;
    if (time > this.#lastSeenMicros) this.#lastSeenMicros = time;
    const { dialled, serverAddress, name } = interaction;
    if (dialled && !this.#dialledPorts.add(dialled.port, bounds.maxPortsPerEdge)) drops.ports++;
    if (serverAddress && !this.#servedPorts.add(serverAddress.port, bounds.maxPortsPerEdge)) drops.ports++;
    if (name !== null && !this.#names.add(name, bounds.maxNamesPerEdge)) drops.names++;
    if (interaction.evidence === "handshake" && interaction.outcome === "established") {
      this.#handshakes ??= new LatencyHistogram();
      this.#handshakes.record(interaction.durationMicros);
    }
  }

  toGraphEdge(client: string, server: string): GraphEdge {
    return {
      client,
      server,
      outcomes: { ...this.#outcomes },
      dialledPorts: this.#dialledPorts.sorted((a, b) => a - b),
      servedPorts: this.#servedPorts.sorted((a, b) => a - b),
      names: this.#names.sorted(compareText),
      firstSeenMicros: this.#firstSeenMicros,
      lastSeenMicros: this.#lastSeenMicros,
      evidence: EVIDENCE_ORDER.filter((kind) => this.#evidence.has(kind)),
      handshake: quantiles(this.#handshakes),
      handedOver: this.handedOver,
    };
  }
}

/** Order of UTF-16 units: the same on every machine, unlike a locale's. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function quantiles(histogram: LatencyHistogram | null): HandshakeQuantiles | null {
  if (histogram === null) return null;
  const millis = (q: number): number => Math.round(histogram.quantile(q) ?? 0) / 1000;
  return { p50: millis(0.5), p90: millis(0.9), p99: millis(0.99) };
}
