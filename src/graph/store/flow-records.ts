import { type Interaction, isFailure, type KnownFlow, type Outcome } from "../../model/interaction.ts";
import type { Flow } from "../../model/service-graph.ts";
import { compareFlows } from "../flow-order.ts";
import type { FlowSums } from "./flow-sums.ts";
import type { LatencyHistograms } from "./latency-histograms.ts";

/** Sums that change with most interactions, in rows of tables that all edges of one store share. */
export interface SumTables {
  readonly flows: FlowSums;
  readonly handshakes: LatencyHistograms;
}

/** What a flow had when it was dropped. */
type EndedFlow = Pick<Flow, "count" | "firstSeenMicros" | "lastSeenMicros">;

/** Interactions of one edge that have ports, Service and name in common. Times may have fractions of a microsecond. */
export class FlowRecord<Edge> {
  readonly edge: Edge;
  readonly dialledPort: number | null;
  readonly servedPort: number | null;
  readonly service: string | null;
  readonly name: string | null;
  /** Another flow with the same name. */
  readonly next: FlowRecord<Edge> | null;
  failed = 0;
  /** Whether the edge holds its ports and its name. */
  isHeld = false;
  readonly #tables: SumTables;
  readonly #row: number;
  #ended: EndedFlow | null = null;

  constructor(edge: Edge, tables: SumTables, interaction: Interaction, next: FlowRecord<Edge> | null) {
    const { dialled, serverAddress, dialledService, name } = interaction;
    this.edge = edge;
    this.dialledPort = dialled === null ? null : dialled.port;
    this.servedPort = serverAddress === null ? null : serverAddress.port;
    this.service = dialledService;
    this.name = name;
    this.next = next;
    this.#tables = tables;
    this.#row = tables.flows.take();
  }

  get count(): number {
    return this.#ended?.count ?? this.#tables.flows.count(this.#row);
  }

  get firstSeenMicros(): number {
    return this.#ended?.firstSeenMicros ?? this.#tables.flows.first(this.#row);
  }

  get lastSeenMicros(): number {
    return this.#ended?.lastSeenMicros ?? this.#tables.flows.last(this.#row);
  }

  /** Whether it is in the store that has these tables, and not dropped. */
  isIn(tables: SumTables): boolean {
    return this.#tables === tables && this.#ended === null;
  }

  isOf({ dialled, serverAddress, dialledService, name }: Interaction): boolean {
    return (
      this.name === name &&
      this.dialledPort === (dialled === null ? null : dialled.port) &&
      this.servedPort === (serverAddress === null ? null : serverAddress.port) &&
      this.service === dialledService
    );
  }

  take(outcome: Outcome, timeMicros: number): void {
    if (isFailure(outcome)) this.failed++;
    this.#tables.flows.add(this.#row, timeMicros);
  }

  /**
   * The established connections of the known flow change only its sums, and those of the histogram of its edge: until it is
   * dropped, or `needEdge` is called, its edge need not take them.
   */
  bind(known: KnownFlow, histogram: number): void {
    known.sums = this.#tables;
    known.sumsRow = this.#row;
    known.sumsStamp = this.#tables.flows.stamp(this.#row);
    known.histogram = histogram;
  }

  needEdge(): void {
    this.#tables.flows.restamp(this.#row);
  }

  /** It is dropped, alone or with its edge, and can still be read. */
  end(): void {
    const { count, firstSeenMicros, lastSeenMicros } = this;
    this.#ended = { count, firstSeenMicros, lastSeenMicros };
    this.#tables.flows.release(this.#row);
  }
}

/** Adds a connection to the sums that its known flow is bound to; false: its edge must take it. */
export function addToSums(known: KnownFlow, tables: SumTables, interaction: Interaction): boolean {
  if (known.sums !== tables || interaction.outcome !== "established") return false;
  if (!tables.flows.addTo(known.sumsRow, known.sumsStamp, interaction.timeMicros)) return false;
  tables.handshakes.record(known.histogram, interaction.durationMicros);
  return true;
}

/** The flows of one edge. Finding the one that was used last costs four comparisons, and a single one needs no map. */
export class FlowRecords<Edge> {
  #first: FlowRecord<Edge> | null = null;
  #last: FlowRecord<Edge> | null = null;
  /** All but the first, in the order in which they were added. */
  #others: FlowRecord<Edge>[] | null = null;
  /** The newest flow of each name, the first flow included, if there are several. */
  #byName: Map<string | null, FlowRecord<Edge>> | null = null;

  get size(): number {
    return this.#first === null ? 0 : 1 + (this.#others?.length ?? 0);
  }

  find(interaction: Interaction): FlowRecord<Edge> | null {
    if (this.#last?.isOf(interaction) === true) return this.#last;
    let flow = this.#byName === null ? this.#first : (this.#byName.get(interaction.name) ?? null);
    while (flow !== null && !flow.isOf(interaction)) flow = flow.next;
    if (flow !== null) this.#last = flow;
    return flow;
  }

  /** Adds the flow of an interaction, which is new. */
  add(interaction: Interaction, edge: Edge, tables: SumTables): FlowRecord<Edge> {
    if (this.#first === null) {
      this.#first = new FlowRecord(edge, tables, interaction, null);
      this.#last = this.#first;
      return this.#first;
    }
    this.#byName ??= new Map([[this.#first.name, this.#first]]);
    const flow = new FlowRecord(edge, tables, interaction, this.#byName.get(interaction.name) ?? null);
    this.#byName.set(flow.name, flow);
    this.#others ??= [];
    this.#others.push(flow);
    this.#last = flow;
    return flow;
  }

  /** Drops the newest flow, which the caller ends, and returns it; undefined if there is only one. */
  dropNewest(): FlowRecord<Edge> | undefined {
    const newest = this.#others?.pop();
    if (newest === undefined) return undefined;
    if (newest.next === null) this.#byName?.delete(newest.name);
    else this.#byName?.set(newest.name, newest.next);
    this.#last = this.#first;
    if (this.#others?.length === 0) {
      this.#others = null;
      this.#byName = null;
    }
    return newest;
  }

  /** The first flow, which stays as long as its edge. */
  get first(): FlowRecord<Edge> | null {
    return this.#first;
  }

  /** In the order in which they were added. */
  all(): readonly FlowRecord<Edge>[] {
    return this.#first === null ? [] : [this.#first, ...(this.#others ?? [])];
  }

  /** Sorted. */
  toFlows(toMicros: (time: number) => number): readonly Flow[] {
    return [...this.all()].sort(compareFlows).map((flow) => ({
      dialledPort: flow.dialledPort,
      servedPort: flow.servedPort,
      service: flow.service,
      name: flow.name,
      count: flow.count,
      failed: flow.failed,
      firstSeenMicros: toMicros(flow.firstSeenMicros),
      lastSeenMicros: toMicros(flow.lastSeenMicros),
    }));
  }
}
