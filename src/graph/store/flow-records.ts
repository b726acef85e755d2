import { type Interaction, isFailure } from "../../model/interaction.ts";
import type { Flow } from "../../model/service-graph.ts";
import { compareFlows } from "../flow-order.ts";

/** Interactions of one edge that have ports, Service and name in common. Times may have fractions of a microsecond. */
export class FlowRecord {
  readonly dialledPort: number | null;
  readonly servedPort: number | null;
  readonly service: string | null;
  readonly name: string | null;
  /** Another flow with the same name. */
  readonly next: FlowRecord | null;
  count = 0;
  failed = 0;
  firstSeenMicros = Number.POSITIVE_INFINITY;
  lastSeenMicros = Number.NEGATIVE_INFINITY;
  /** Whether the edge holds its ports and its name. */
  isHeld = false;

  constructor({ dialled, serverAddress, dialledService, name }: Interaction, next: FlowRecord | null) {
    this.dialledPort = dialled === null ? null : dialled.port;
    this.servedPort = serverAddress === null ? null : serverAddress.port;
    this.service = dialledService;
    this.name = name;
    this.next = next;
  }

  isOf({ dialled, serverAddress, dialledService, name }: Interaction): boolean {
    return (
      this.name === name &&
      this.dialledPort === (dialled === null ? null : dialled.port) &&
      this.servedPort === (serverAddress === null ? null : serverAddress.port) &&
      this.service === dialledService
    );
  }

  take({ outcome, timeMicros }: Interaction): void {
    this.count++;
    if (isFailure(outcome)) this.failed++;
    if (timeMicros < this.firstSeenMicros) this.firstSeenMicros = timeMicros;
    if (timeMicros > this.lastSeenMicros) this.lastSeenMicros = timeMicros;
  }
}

/** The flows of one edge. Finding the one that was used last costs four comparisons, and a single one needs no map. */
export class FlowRecords {
  #first: FlowRecord | null = null;
  #last: FlowRecord | null = null;
  /** All but the first, in the order in which they were added. */
  #others: FlowRecord[] | null = null;
  /** The newest flow of each name, the first flow included, if there are several. */
  #byName: Map<string | null, FlowRecord> | null = null;

  get size(): number {
    return this.#first === null ? 0 : 1 + (this.#others?.length ?? 0);
  }

  find(interaction: Interaction): FlowRecord | null {
    if (this.#last?.isOf(interaction) === true) return this.#last;
    let flow = this.#byName === null ? this.#first : (this.#byName.get(interaction.name) ?? null);
    while (flow !== null && !flow.isOf(interaction)) flow = flow.next;
    if (flow !== null) this.#last = flow;
    return flow;
  }

  /** Adds the flow of an interaction, which is new. */
  add(interaction: Interaction): FlowRecord {
    if (this.#first === null) {
      this.#first = new FlowRecord(interaction, null);
      this.#last = this.#first;
      return this.#first;
    }
    this.#byName ??= new Map([[this.#first.name, this.#first]]);
    const flow = new FlowRecord(interaction, this.#byName.get(interaction.name) ?? null);
    this.#byName.set(flow.name, flow);
    this.#others ??= [];
    this.#others.push(flow);
    this.#last = flow;
    return flow;
  }

  /** Drops the newest flow, and returns it; undefined if there is only one. */
  dropNewest(): FlowRecord | undefined {
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

  /** Sorted. */
  toFlows(toMicros: (time: number) => number): readonly Flow[] {
    if (this.#first === null) return [];
    return [this.#first, ...(this.#others ?? [])].sort(compareFlows).map((flow) => ({
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
