import {
  END_RULES,
  type End,
  type EndRule,
  EVIDENCE,
  type Interaction,
  isFailure,
  OUTCOMES,
} from "../../model/interaction.ts";
import type { EdgePart, FailedPort } from "../../model/service-graph.ts";
import { MAX_TIME_MICROS } from "../bounds.ts";
import { outcomeCounts } from "../edge-sums.ts";
import { quantilesOf } from "../latency-buckets.ts";
import { compareText } from "../order.ts";
import type { DetailedEdge, EdgeDetails, EdgeDrops } from "./edge-details.ts";
import { type FlowRecord, FlowRecords } from "./flow-records.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { ValueSet } from "./value-set.ts";

/** The sum of all interactions of one edge that have one reporter. */
export class EdgeRecord<Client> implements DetailedEdge {
  readonly client: Client;
  readonly reporter: string | null;
  /** Of the store that the edge is in. */
  readonly details: EdgeDetails<Client>;
  isRemoved = false;
  /** The record of the same edge with another reporter. */
  next: EdgeRecord<Client> | null;
  /** Interactions by outcome, in the order of OUTCOMES. */
  readonly #outcomes = new Array<number>(OUTCOMES.length).fill(0);
  readonly #dialledPorts = new ValueSet<number>();
  /** Failed connections by dialed port and outcome, as one number; bounded by the number of ports. */
  #failures: Map<number, number> | null = null;
  readonly #servedPorts = new ValueSet<number>();
  readonly #names = new ValueSet<string>();
  readonly #flows = new FlowRecords();
  #flowsOmitted = 0;
  #addresses: ValueSet<string> | null = null;
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

  constructor(client: Client, reporter: string | null, next: EdgeRecord<Client> | null, details: EdgeDetails<Client>) {
    this.client = client;
    this.reporter = reporter;
    this.next = next;
    this.details = details;
  }

  add(interaction: Interaction): void {
    const outcome = OUTCOMES.indexOf(interaction.outcome);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    this.#evidence |= 1 << EVIDENCE.indexOf(interaction.evidence);
    this.#clientRules |= ruleBit(interaction.clientRule);
    this.#serverRules |= ruleBit(interaction.serverRule);
    const time = interaction.timeMicros;
    if (time < this.#firstSeenMicros) this.#firstSeenMicros = time;
    if (time > this.#lastSeenMicros) this.#lastSeenMicros = time;
    this.#addFlow(interaction);
    const { client, dialled } = interaction;
    if (dialled !== null && isFailure(interaction.outcome) && this.#dialledPorts.has(dialled.port)) {
      this.#countFailure(dialled.port * OUTCOMES.length + outcome);
    }
    if (isOutsidePods(client)) this.#addAddress(interaction.clientAddress?.address);
    else if (isOutsidePods(interaction.server) || interaction.serverRule === "host_pod") {
      this.#addAddress((interaction.serverAddress ?? dialled)?.address);
    }
    if (interaction.evidence === "handshake" && interaction.outcome === "established") {
      this.#handshakes ??= new LatencyHistogram();
      this.#handshakes.record(interaction.durationMicros);
    }
  }

  /** Flows first: ports and names are more useful without them than they are without ports and names. */
  dropDetail(drops: EdgeDrops): void {
    const flow = this.#flows.dropNewest();
    if (flow !== undefined) {
      this.#flowsOmitted += flow.count;
      drops.flows += flow.count;
    } else if (this.#addresses?.dropNewest() !== undefined) {
      this.#addressesOmitted++;
      drops.addresses++;
    } else if (this.#names.dropNewest() !== undefined) drops.names++;
    else if (this.#servedPorts.dropNewest() !== undefined) drops.ports++;
    else this.#dropDialledPort(drops);
  }

  /** Drops all details of an edge that is removed, with those of the next reporters. */
  clear(): void {
    this.isRemoved = true;
    const drops = { names: 0, ports: 0, flows: 0, addresses: 0 };
    for (let before = -1; before < drops.names + drops.ports + drops.flows + drops.addresses; ) {
      before = drops.names + drops.ports + drops.flows + drops.addresses;
      this.dropDetail(drops);
    }
    this.next?.clear();
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
  #addFlow(interaction: Interaction): void {
    const flow = this.#flows.find(interaction) ?? this.#newFlow(interaction);
    if (flow !== null) flow.take(interaction);
    if (flow?.isHeld === true) return;
    const isHeld = this.#addPortsAndName(interaction);
    if (flow !== null) flow.isHeld = isHeld;
  }

  #newFlow(interaction: Interaction): FlowRecord | null {
    const { details } = this;
    if (details.hasRoom(this.client, this, this.#flows.size, details.bounds.maxFlowsPerEdge)) {
      return this.#flows.add(interaction);
    }
    this.#flowsOmitted++;
    details.drops.flows++;
    return null;
  }

  #addPortsAndName({ dialled, serverAddress, name }: Interaction): boolean {
    const { bounds, drops } = this.details;
    const { maxPortsPerEdge, maxNamesPerEdge } = bounds;
    const hasDialled = dialled === null || this.#hold(this.#dialledPorts, dialled.port, maxPortsPerEdge);
    if (!hasDialled) drops.ports++;
    const hasServed = serverAddress === null || this.#hold(this.#servedPorts, serverAddress.port, maxPortsPerEdge);
    if (!hasServed) drops.ports++;
    const hasName = name === null || this.#hold(this.#names, name, maxNamesPerEdge);
    if (!hasName) drops.names++;
    return hasDialled && hasServed && hasName;
  }

  #addAddress(address: string | undefined): void {
    if (address === undefined) return;
    const { bounds, drops } = this.details;
    this.#addresses ??= new ValueSet();
    if (this.#hold(this.#addresses, address, bounds.maxAddressesPerEdge)) return;
    this.#addressesOmitted++;
    drops.addresses++;
  }

  #hold<T extends string | number>(values: ValueSet<T>, value: T, max: number): boolean {
    if (values.has(value)) return true;
    if (!this.details.hasRoom(this.client, this, values.size, max)) return false;
    values.add(value);
    return true;
  }

  #dropDialledPort(drops: EdgeDrops): void {
    const port = this.#dialledPorts.dropNewest();
    if (port === undefined) return;
    drops.ports++;
    for (const outcome of OUTCOMES.keys()) this.#failures?.delete(port * OUTCOMES.length + outcome);
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
export function partOf<Client>(first: EdgeRecord<Client>, reporter: string | null): EdgeRecord<Client> {
  for (let record: EdgeRecord<Client> | null = first; record !== null; record = record.next) {
    if (record.reporter === reporter) return record;
  }
  return new EdgeRecord(first.client, reporter, first, first.details);
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
