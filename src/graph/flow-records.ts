import { type Interaction, isFailure } from "../model/interaction.ts";
import type { Flow } from "../model/service-graph.ts";
import { compareNullable } from "./order.ts";

/** Interactions of one edge that have ports, Service and name in common. Times may have fractions of a microsecond. */
interface FlowRecord {
  readonly dialledPort: number | null;
  readonly servedPort: number | null;
  readonly service: string | null;
  readonly name: string | null;
  count: number;
  failed: number;
  firstSeenMicros: number;
  lastSeenMicros: number;
  /** Whether the edge holds its ports and its name. */
  isHeld: boolean;
}

/** Below so many flows, comparing each costs less than building a key. */
const MAX_COMPARED = 6;

/** The order of flows in an edge. */
export function compareFlows(a: FlowKey, b: FlowKey): number {
  return (
    compareNullable(a.dialledPort, b.dialledPort) ||
    compareNullable(a.servedPort, b.servedPort) ||
    compareNullable(a.service, b.service) ||
    compareNullable(a.name, b.name)
  );
}

type FlowKey = Pick<Flow, "dialledPort" | "servedPort" | "service" | "name">;

/** Unique for each flow of an edge, whatever its texts contain. */
function keyText({ dialledPort, servedPort, service, name }: FlowKey): string {
  return `${dialledPort} ${servedPort} ${service?.length} ${service}${name === null ? "" : `=${name}`}`;
}

/** The flows of one edge, up to a capacity. Finding the one that was used last costs four comparisons. */
export class FlowRecords {
  #last: FlowRecord | null = null;
  readonly #flows: FlowRecord[] = [];
  #byKey: Map<string, FlowRecord> | null = null;

  /** Counts an interaction. Null if its flow is new and there is no room. */
  add(interaction: Interaction, capacity: number): FlowRecord | null {
    const { dialled, serverAddress, dialledService: service, name } = interaction;
    const dialledPort = dialled === null ? null : dialled.port;
    const servedPort = serverAddress === null ? null : serverAddress.port;
    let flow = this.#last;
    if (flow === null || !isSame(flow, dialledPort, servedPort, service, name)) {
      const key = { dialledPort, servedPort, service, name };
      flow = this.#find(key) ?? this.#make(key, capacity);
      if (flow === null) return null;
      this.#last = flow;
    }
    flow.count++;
    if (isFailure(interaction.outcome)) flow.failed++;
    const time = interaction.timeMicros;
    if (time < flow.firstSeenMicros) flow.firstSeenMicros = time;
    if (time > flow.lastSeenMicros) flow.lastSeenMicros = time;
    return flow;
  }

  /** Sorted. */
  toFlows(toMicros: (time: number) => number): readonly Flow[] {
    return [...this.#flows].sort(compareFlows).map((flow) => ({
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

  #find(key: FlowKey): FlowRecord | undefined {
    if (this.#byKey !== null) return this.#byKey.get(keyText(key));
    const { dialledPort, servedPort, service, name } = key;
    return this.#flows.find((flow) => isSame(flow, dialledPort, servedPort, service, name));
  }

  #make(key: FlowKey, capacity: number): FlowRecord | null {
    if (this.#flows.length >= capacity) return null;
    const flow = {
      ...key,
      count: 0,
      failed: 0,
      firstSeenMicros: Number.POSITIVE_INFINITY,
      lastSeenMicros: Number.NEGATIVE_INFINITY,
      isHeld: false,
    };
    this.#flows.push(flow);
    if (this.#byKey !== null) this.#byKey.set(keyText(flow), flow);
    else if (this.#flows.length > MAX_COMPARED) this.#byKey = new Map(this.#flows.map((each) => [keyText(each), each]));
    return flow;
  }
}

function isSame(
  flow: FlowRecord,
  dialledPort: number | null,
  servedPort: number | null,
  service: string | null,
  name: string | null,
): boolean {
  return (
    flow.dialledPort === dialledPort && flow.servedPort === servedPort && flow.name === name && flow.service === service
  );
}
