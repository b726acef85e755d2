import { EVIDENCE, type Interaction, OUTCOMES } from "../../model/interaction.ts";
import type { EdgePart, LatencyBuckets } from "../../model/service-graph.ts";
import { toGraphMicros } from "../bounds.ts";
import { outcomeCounts } from "../edge-sums.ts";
import { quantilesOf } from "../latency-buckets.ts";
import { compareText } from "../order.ts";
import type { DetailedEdge, EdgeDetails, EdgeDrops } from "./edge-details.ts";
import { type FlowRecord, FlowRecords, type SumTables } from "./flow-records.ts";
import { listedAddress } from "./listed-address.ts";
import { OmittedFlows } from "./omitted-flows.ts";
import { OtherOutcomes } from "./other-outcomes.ts";
import { ruleBit, rulesOf } from "./rule-bits.ts";
import { ValueSet } from "./value-set.ts";

/** What the edges of one store share. */
export interface EdgeTables<Client> {
  readonly details: EdgeDetails<Client>;
  readonly sums: SumTables;
}

/** The flow of an edge that has one reporter. */
export type EdgeFlow<Client> = FlowRecord<EdgeRecord<Client>>;

const ESTABLISHED = OUTCOMES.indexOf("established");

/**
 * The sum of all interactions of one edge that have one reporter. What its flows count is not counted here again: their
 * counts and times, with those of interactions without a flow, are those of the edge.
 */
export class EdgeRecord<Client> implements DetailedEdge {
  readonly client: Client;
  readonly reporter: string | null;
  /** Of the store that the edge is in. */
  readonly #tables: EdgeTables<Client>;
  /** The record of the same edge with another reporter. */
  next: EdgeRecord<Client> | null;
  /** Interactions that established no connection; null: none. */
  #others: OtherOutcomes | null = null;
  readonly #dialledPorts = new ValueSet<number>();
  readonly #servedPorts = new ValueSet<number>();
  readonly #names = new ValueSet<string>();
  readonly #flows = new FlowRecords<EdgeRecord<Client>>();
  #omitted: OmittedFlows | null = null;
  #addresses: ValueSet<string> | null = null;
  #addressesOmitted = 0;
  /** One bit for each of END_RULES. */
  #clientRules = 0;
  #serverRules = 0;
  /** One bit for each of EVIDENCE. */
  #evidence = 0;
  /** Interactions without a span pair, because both ends send their own spans. */
  bothInstrumented = 0;
  /** The histogram of established connections; null: none. */
  #handshakes: number | null = null;
  /** What it had when the edge was removed. */
  #endedHandshakes: LatencyBuckets | null = null;

  constructor(client: Client, reporter: string | null, next: EdgeRecord<Client> | null, tables: EdgeTables<Client>) {
    this.client = client;
    this.reporter = reporter;
    this.next = next;
    this.#tables = tables;
  }

  add(interaction: Interaction): void {
    const { outcome, evidence, dialled, timeMicros } = interaction;
    this.#evidence |= 1 << EVIDENCE.indexOf(evidence);
    this.#clientRules |= ruleBit(interaction.clientRule);
    this.#serverRules |= ruleBit(interaction.serverRule);
    const flow = this.#addFlow(interaction);
    if (flow === null) this.#omit(1, timeMicros, timeMicros);
    if (outcome !== "established") {
      this.#others ??= new OtherOutcomes();
      this.#others.add(outcome, dialled !== null && this.#dialledPorts.has(dialled.port) ? dialled.port : null);
    }
    const address = listedAddress(interaction);
    const isListed = address === null || this.#addAddress(address);
    const { flow: known = null } = interaction;
    if (known !== null) known.record = flow;
    if (evidence !== "handshake" || outcome !== "established") return;
    const { handshakes } = this.#tables.sums;
    this.#handshakes ??= handshakes.take();
    handshakes.record(this.#handshakes, interaction.durationMicros);
    if (known !== null && isListed && flow?.isHeld === true) flow.bind(known, this.#handshakes);
  }

  /** Flows first: ports and names are more useful without them than they are without ports and names. */
  dropDetail(drops: EdgeDrops): void {
    const flow = this.#flows.dropNewest();
    if (flow !== undefined) {
      this.#omit(flow.count, flow.firstSeenMicros, flow.lastSeenMicros);
      flow.end();
      drops.flows += flow.count;
    } else if (this.#addresses?.dropNewest() !== undefined) {
      // No other flow is left.
      this.#flows.first?.needEdge();
      this.#addressesOmitted++;
      drops.addresses++;
    } else if (this.#names.dropNewest() !== undefined) drops.names++;
    else if (this.#servedPorts.dropNewest() !== undefined) drops.ports++;
    else this.#dropDialledPort(drops);
  }

  /** The edge is removed, with those of the next reporters: drops all details. It can still be read. */
  end(): void {
    const drops = { names: 0, ports: 0, flows: 0, addresses: 0 };
    for (let before = -1; before < drops.names + drops.ports + drops.flows + drops.addresses; ) {
      before = drops.names + drops.ports + drops.flows + drops.addresses;
      this.dropDetail(drops);
    }
    this.#flows.first?.end();
    this.#endedHandshakes = this.#latency();
    if (this.#handshakes !== null) this.#tables.sums.handshakes.release(this.#handshakes);
    this.#handshakes = null;
    this.next?.end();
  }

  get firstSeenMicros(): number {
    let first = this.#omitted?.firstMicros ?? Number.POSITIVE_INFINITY;
    for (const { firstSeenMicros } of this.#flows.all()) first = Math.min(first, firstSeenMicros);
    return toGraphMicros(first);
  }

  get lastSeenMicros(): number {
    let last = this.#omitted?.lastMicros ?? Number.NEGATIVE_INFINITY;
    for (const { lastSeenMicros } of this.#flows.all()) last = Math.max(last, lastSeenMicros);
    return toGraphMicros(last);
  }

  /** A record of the same edge for another reporter, which begins the list. */
  withReporter(reporter: string | null): EdgeRecord<Client> {
    return new EdgeRecord(this.client, reporter, this, this.#tables);
  }

  /** Number of interactions of this reporter and the next ones. */
  get interactions(): number {
    return this.#count() + (this.next?.interactions ?? 0);
  }

  /** Whether all interactions, also of the next reporters, are lookups of a name that does not exist. */
  get isNameUnknown(): boolean {
    const isUnknown = OUTCOMES.every((outcome, i) => outcome === "host_not_found" || this.#countOf(i) === 0);
    return isUnknown && (this.next?.isNameUnknown ?? true);
  }

  toPart(instance: string): EdgePart {
    const latency = this.#latency();
    return {
      instance,
      outcomes: outcomeCounts((_, i) => this.#countOf(i)),
      dialledPorts: this.#dialledPorts.sorted((a, b) => a - b),
      servedPorts: this.#servedPorts.sorted((a, b) => a - b),
      failedPorts: this.#others?.failedPorts() ?? [],
      names: this.#names.sorted(compareText),
      flows: this.#flows.toFlows(toGraphMicros),
      flowsOmitted: this.#omitted?.count ?? 0,
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

  #count(): number {
    return this.#flows.all().reduce((sum, { count }) => sum + count, this.#omitted?.count ?? 0);
  }

  #countOf(outcome: number): number {
    if (outcome !== ESTABLISHED) return this.#others?.of(outcome) ?? 0;
    return this.#count() - (this.#others?.total ?? 0);
  }

  /** The ports and the name of a flow that is held need no look-up of their own. */
  #addFlow(interaction: Interaction): EdgeFlow<Client> | null {
    const flow = this.#flows.find(interaction) ?? this.#newFlow(interaction);
    if (flow !== null) flow.take(interaction.outcome, interaction.timeMicros);
    if (flow?.isHeld === true) return flow;
    const isHeld = this.#addPortsAndName(interaction);
    if (flow !== null) flow.isHeld = isHeld;
    return flow;
  }

  #newFlow(interaction: Interaction): EdgeFlow<Client> | null {
    const { details, sums } = this.#tables;
    if (details.hasRoom(this.client, this, this.#flows.size, details.bounds.maxFlowsPerEdge)) {
      return this.#flows.add(interaction, this, sums);
    }
    details.drops.flows++;
    return null;
  }

  #latency(): LatencyBuckets | null {
    return this.#handshakes === null ? this.#endedHandshakes : this.#tables.sums.handshakes.toBuckets(this.#handshakes);
  }

  #omit(count: number, firstMicros: number, lastMicros: number): void {
    this.#omitted ??= new OmittedFlows();
    this.#omitted.add(count, firstMicros, lastMicros);
  }

  #addPortsAndName({ dialled, serverAddress, name }: Interaction): boolean {
    const { bounds, drops } = this.#tables.details;
    const { maxPortsPerEdge, maxNamesPerEdge } = bounds;
    const hasDialled = dialled === null || this.#hold(this.#dialledPorts, dialled.port, maxPortsPerEdge);
    if (!hasDialled) drops.ports++;
    const hasServed = serverAddress === null || this.#hold(this.#servedPorts, serverAddress.port, maxPortsPerEdge);
    if (!hasServed) drops.ports++;
    const hasName = name === null || this.#hold(this.#names, name, maxNamesPerEdge);
    if (!hasName) drops.names++;
    return hasDialled && hasServed && hasName;
  }

  /** Whether the edge has room for it. */
  #addAddress(address: string): boolean {
    const { bounds, drops } = this.#tables.details;
    this.#addresses ??= new ValueSet();
    if (this.#hold(this.#addresses, address, bounds.maxAddressesPerEdge)) return true;
    this.#addressesOmitted++;
    drops.addresses++;
    return false;
  }

  #hold<T extends string | number>(values: ValueSet<T>, value: T, max: number): boolean {
    if (values.has(value)) return true;
    if (!this.#tables.details.hasRoom(this.client, this, values.size, max)) return false;
    values.add(value);
    return true;
  }

  #dropDialledPort(drops: EdgeDrops): void {
    const port = this.#dialledPorts.dropNewest();
    if (port === undefined) return;
    drops.ports++;
    this.#others?.dropPort(port);
  }
}

/** The record of the edge for this reporter; a new one begins the list. */
export function partOf<Client>(first: EdgeRecord<Client>, reporter: string | null): EdgeRecord<Client> {
  for (let record: EdgeRecord<Client> | null = first; record !== null; record = record.next) {
    if (record.reporter === reporter) return record;
  }
  return first.withReporter(reporter);
}
