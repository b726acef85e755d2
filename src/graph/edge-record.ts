import {
  END_RULES,
  type End,
  type EndRule,
  EVIDENCE,
  type Interaction,
  isFailure,
  OUTCOMES,
} from "../model/interaction.ts";
import type { EdgePart, FailedPort } from "../model/service-graph.ts";
import { BoundedSet } from "./bounded-set.ts";
import { MAX_TIME_MICROS } from "./bounds.ts";
import { outcomeCounts } from "./edge-sums.ts";
import { FlowRecords } from "./flow-records.ts";
import { quantilesOf } from "./latency-buckets.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { compareText } from "./order.ts";

/** Bounds of one edge. */
export interface EdgeBounds {
  readonly maxNamesPerEdge: number;
  readonly maxPortsPerEdge: number;
  readonly maxFlowsPerEdge: number;
  readonly maxAddressesPerEdge: number;
}

/** Interactions whose value was dropped because their edge was full. */
export interface EdgeDrops {
  names: number;
  ports: number;
  flows: number;
  addresses: number;
}

/** The sum of all interactions of one edge that have one reporter. */
export class EdgeRecord {
  readonly reporter: string | null;
  /** The record of the same edge with another reporter. */
  next: EdgeRecord | null;
  /** Interactions by outcome, in the order of OUTCOMES. */
  readonly #outcomes = new Array<number>(OUTCOMES.length).fill(0);
  readonly #dialledPorts = new BoundedSet<number>();
  /** Failed connections by dialed port and outcome, as one number; bounded by the number of ports. */
  #failures: Map<number, number> | null = null;
  readonly #servedPorts = new BoundedSet<number>();
  readonly #names = new BoundedSet<string>();
  readonly #flows = new FlowRecords();
  #flowsOmitted = 0;
  #addresses: BoundedSet<string> | null = null;
  #addressesOmitted = 0;
  /** One bit for each of END_RULES. */
  #clientRules = 0;
  #serverRules = 0;
  /** One bit for each of EVIDENCE. */
  #evidence = 0;
  /** Interactions without a span pair, because both ends send their own spans. */
  bothInstrumented = 0;
  #firstSeenMicros = Number.POSITIVE_INFINITY;
  #lastSeenMicros = Number.NEGATIVE_INFINITY;
  #handshakes: LatencyHistogram | null = null;

  constructor(reporter: string | null, next: EdgeRecord | null) {
    this.reporter = reporter;
    this.next = next;
  }

  add(interaction: Interaction, bounds: EdgeBounds, drops: EdgeDrops): void {
    const outcome = OUTCOMES.indexOf(interaction.outcome);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    this.#evidence |= 1 << EVIDENCE.indexOf(interaction.evidence);
    this.#clientRules |= ruleBit(interaction.clientRule);
    this.#serverRules |= ruleBit(interaction.serverRule);
    const time = interaction.timeMicros;
    if (time < this.#firstSeenMicros) this.#firstSeenMicros = time;
    if (time > this.#lastSeenMicros) this.#lastSeenMicros = time;
    this.#addFlow(interaction, bounds, drops);
    const { client, dialled } = interaction;
    if (dialled !== null && isFailure(interaction.outcome)) {
      if (this.#dialledPorts.add(dialled.port, bounds.maxPortsPerEdge)) {
        this.#countFailure(dialled.port * OUTCOMES.length + outcome);
      }
    }
    if (isOutsidePods(client)) this.#addAddress(interaction.clientAddress?.address, bounds, drops);
    else if (isOutsidePods(interaction.server) || interaction.serverRule === "host_pod") {
      this.#addAddress((interaction.serverAddress ?? dialled)?.address, bounds, drops);
    }
    if (interaction.evidence === "handshake" && interaction.outcome === "established") {
      this.#handshakes ??= new LatencyHistogram();
      this.#handshakes.record(interaction.durationMicros);
    }
  }

  get firstSeenMicros(): number {
    return toMicros(this.#firstSeenMicros);
  }

  get lastSeenMicros(): number {
    return toMicros(this.#lastSeenMicros);
  }

  /** Number of interactions of this reporter and the next ones. */
  get interactions(): number {
    return this.#outcomes.reduce((sum, count) => sum + count, this.next?.interactions ?? 0);
  }

  /** Whether all interactions, also of the next reporters, are lookups of a name that does not exist. */
  get isNameUnknown(): boolean {
    const isUnknown = OUTCOMES.every((outcome, i) => outcome === "host_not_found" || this.#outcomes[i] === 0);
    return isUnknown && (this.next?.isNameUnknown ?? true);
  }

  toPart(instance: string): EdgePart {
    const latency = this.#handshakes?.toBuckets() ?? null;
    return {
      instance,
      outcomes: outcomeCounts((_, i) => this.#outcomes[i] ?? 0),
      dialledPorts: this.#dialledPorts.sorted((a, b) => a - b),
      servedPorts: this.#servedPorts.sorted((a, b) => a - b),
      failedPorts: this.#failedPorts(),
      names: this.#names.sorted(compareText),
      flows: this.#flows.toFlows(toMicros),
      flowsOmitted: this.#flowsOmitted,
      addresses: this.#addresses?.sorted(compareText) ?? [],
      addressesOmitted: this.#addressesOmitted,
      clientRules: rulesOf(this.#clientRules),
      serverRules: rulesOf(this.#serverRules),
      firstSeenMicros: this.firstSeenMicros,
      lastSeenMicros: this.lastSeenMicros,
      evidence: EVIDENCE.filter((_, i) => (this.#evidence & (1 << i)) !== 0),
      handshake: latency && quantilesOf(latency),
      bothInstrumented: this.bothInstrumented,
      latency,
    };
  }

  /** The ports and the name of a flow that is held need no look-up of their own. */
  #addFlow(interaction: Interaction, bounds: EdgeBounds, drops: EdgeDrops): void {
    const flow = this.#flows.add(interaction, bounds.maxFlowsPerEdge);
    if (flow === null) {
      this.#flowsOmitted++;
      drops.flows++;
    } else if (flow.isHeld) return;
    const isHeld = this.#addPortsAndName(interaction, bounds, drops);
    if (flow !== null) flow.isHeld = isHeld;
  }

  #addPortsAndName({ dialled, serverAddress, name }: Interaction, bounds: EdgeBounds, drops: EdgeDrops): boolean {
    const before = drops.ports + drops.names;
    if (dialled && !this.#dialledPorts.add(dialled.port, bounds.maxPortsPerEdge)) drops.ports++;
    if (serverAddress && !this.#servedPorts.add(serverAddress.port, bounds.maxPortsPerEdge)) drops.ports++;
    if (name !== null && !this.#names.add(name, bounds.maxNamesPerEdge)) drops.names++;
    return drops.ports + drops.names === before;
  }

  #addAddress(address: string | undefined, bounds: EdgeBounds, drops: EdgeDrops): void {
    if (address === undefined) return;
    this.#addresses ??= new BoundedSet();
    if (this.#addresses.add(address, bounds.maxAddressesPerEdge)) return;
    this.#addressesOmitted++;
    drops.addresses++;
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
}

/** The record of the edge for this reporter; a new one begins the list. */
export function partOf(first: EdgeRecord, reporter: string | null): EdgeRecord {
  for (let record: EdgeRecord | null = first; record !== null; record = record.next) {
    if (record.reporter === reporter) return record;
  }
  return new EdgeRecord(reporter, first);
}

/** A pod selector finds pods; any other end is reached by its address only. */
function isOutsidePods({ type }: End): boolean {
  return type !== "workload";
}

function ruleBit(rule: EndRule | null): number {
  return rule === null ? 0 : 1 << END_RULES.indexOf(rule);
}

function rulesOf(bits: number): readonly EndRule[] {
  return END_RULES.filter((_, i) => (bits & (1 << i)) !== 0);
}

function toMicros(time: number): number {
  return Math.min(MAX_TIME_MICROS, Math.max(0, Math.round(time)));
}
