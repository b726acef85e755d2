import { EVIDENCE, type Interaction, isFailure, OUTCOMES, type Outcome } from "../model/interaction.ts";
import type { FailedPort, GraphEdge, HandshakeQuantiles } from "../model/service-graph.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

/** Distinct values up to a capacity. Adding the last value again costs one comparison; a single value needs no set. */
class BoundedSet<T> {
  #last: T | undefined;
  #values: Set<T> | null = null;

  /** False if the value is new and the set is full. */
  add(value: T, capacity: number): boolean {
    if (value === this.#last) return true;
    const isHeld = this.#last === undefined ? capacity > 0 : this.#take(value, this.#last, capacity);
    if (isHeld) this.#last = value;
    return isHeld;
  }

  sorted(compare: (a: T, b: T) => number): readonly T[] {
    const values = this.#values ?? (this.#last === undefined ? [] : [this.#last]);
    return [...values].sort(compare);
  }

  #take(value: T, first: T, capacity: number): boolean {
    this.#values ??= new Set([first]);
    if (this.#values.has(value)) return true;
    if (this.#values.size >= capacity) return false;
    this.#values.add(value);
    return true;
  }
}

/** Bounds of one edge. */
export interface EdgeBounds {
  readonly maxNamesPerEdge: number;
  readonly maxPortsPerEdge: number;
}

/** Values dropped because their edge was full. */
export interface EdgeDrops {
  names: number;
  ports: number;
}

/** The sum of all interactions of one edge. */
export class EdgeRecord {
  /** Interactions by outcome, in the order of OUTCOMES. */
  readonly #outcomes = new Array<number>(OUTCOMES.length).fill(0);
  readonly #dialledPorts = new BoundedSet<number>();
  /** Failed connections by dialed port and outcome, as one number; bounded by the number of ports. */
  #failures: Map<number, number> | null = null;
  readonly #servedPorts = new BoundedSet<number>();
  readonly #names = new BoundedSet<string>();
  /** One bit for each of EVIDENCE. */
  #evidence = 0;
  /** Interactions without a span pair, because both ends send their own spans. */
  bothInstrumented = 0;
  #firstSeenMicros = Number.POSITIVE_INFINITY;
  #lastSeenMicros = Number.NEGATIVE_INFINITY;
  #handshakes: LatencyHistogram | null = null;

  add(interaction: Interaction, bounds: EdgeBounds, drops: EdgeDrops): void {
    const outcome = OUTCOMES.indexOf(interaction.outcome);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    this.#evidence |= 1 << EVIDENCE.indexOf(interaction.evidence);
    const time = interaction.timeMicros;
    if (time < this.#firstSeenMicros) this.#firstSeenMicros = time;
    if (time > this.#lastSeenMicros) this.#lastSeenMicros = time;
    const { dialled, serverAddress, name } = interaction;
    if (dialled) {
      if (!this.#dialledPorts.add(dialled.port, bounds.maxPortsPerEdge)) drops.ports++;
      else if (isFailure(interaction.outcome)) this.#countFailure(dialled.port * OUTCOMES.length + outcome);
    }
    if (serverAddress && !this.#servedPorts.add(serverAddress.port, bounds.maxPortsPerEdge)) drops.ports++;
    if (name !== null && !this.#names.add(name, bounds.maxNamesPerEdge)) drops.names++;
    if (interaction.evidence === "handshake" && interaction.outcome === "established") {
      this.#handshakes ??= new LatencyHistogram();
      this.#handshakes.record(interaction.durationMicros);
    }
  }

  /** Number of interactions added. */
  get interactions(): number {
    return this.#outcomes.reduce((sum, count) => sum + count, 0);
  }

  /** Whether all interactions are lookups of a name that does not exist. */
  get isNameUnknown(): boolean {
    return OUTCOMES.every((outcome, i) => outcome === "host_not_found" || this.#outcomes[i] === 0);
  }

  #countFailure(key: number): void {
    this.#failures ??= new Map();
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  #failedPorts(): readonly FailedPort[] {
    const entries = [...(this.#failures ?? [])].sort(([a], [b]) => a - b);
    return entries.flatMap(([key, count]) => {
      const outcome = OUTCOMES[key % OUTCOMES.length];
      return outcome === undefined ? [] : { port: Math.floor(key / OUTCOMES.length), outcome, count };
    });
  }

  toGraphEdge(client: string, server: string): GraphEdge {
    const dialledPorts = this.#dialledPorts.sorted((a, b) => a - b);
    const failedPorts = dialledPorts.length > 1 ? this.#failedPorts() : [];
    return {
      client,
      server,
      outcomes: Object.fromEntries(OUTCOMES.map((outcome, i) => [outcome, this.#outcomes[i] ?? 0])) as Record<
        Outcome,
        number
      >,
      dialledPorts,
      ...(failedPorts.length > 0 ? { failedPorts } : {}),
      servedPorts: this.#servedPorts.sorted((a, b) => a - b),
      names: this.#names.sorted(compareText),
      firstSeenMicros: this.#firstSeenMicros,
      lastSeenMicros: this.#lastSeenMicros,
      evidence: EVIDENCE.filter((_, i) => (this.#evidence & (1 << i)) !== 0),
      handshake: quantiles(this.#handshakes),
      bothInstrumented: this.bothInstrumented,
      flows: [],
      flowsOmitted: 0,
      addresses: [],
      addressesOmitted: 0,
      clientRules: [],
      serverRules: [],
      parts: [],
    };
  }
}

/** Order of UTF-16 code units: independent of the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function quantiles(histogram: LatencyHistogram | null): HandshakeQuantiles | null {
  if (histogram === null) return null;
  const millis = (q: number): number => Math.round(histogram.quantile(q) ?? 0) / 1000;
  return { p50: millis(0.5), p90: millis(0.9), p99: millis(0.99) };
}
