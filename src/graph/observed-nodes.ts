import type { EdgePart, Observation } from "../model/service-graph.ts";
import type { EdgeRecord } from "./edge-record.ts";
import { compareText } from "./order.ts";

/** Of a reporter without a node whose observation is not known. */
const UNKNOWN = "unknown";

/** The observations of a graph by node. A reporter without one gets an observation of its interactions. */
export class ObservedNodes {
  readonly #byInstance = new Map<string, Observation>();
  readonly #given = new Map<string | null, Observation>();

  constructor(given: readonly Observation[]) {
    for (const each of given) {
      this.#byInstance.set(each.instance, each);
      this.#given.set(each.node, each);
    }
  }

  /** The parts of an edge, one for each reporter. */
  partsOf(edge: EdgeRecord): readonly EdgePart[] {
    const parts: EdgePart[] = [];
    for (let record: EdgeRecord | null = edge; record !== null; record = record.next) {
      const { reporter } = record;
      const given = this.#given.get(reporter);
      const part = record.toPart(given?.instance ?? reporter ?? UNKNOWN);
      if (given === undefined) this.#extend(part, reporter);
      parts.push(part);
    }
    return parts;
  }

  /** Sorted by instance. */
  observed(): readonly Observation[] {
    return [...this.#byInstance.values()].sort((a, b) => compareText(a.instance, b.instance));
  }

  #extend({ instance, firstSeenMicros, lastSeenMicros }: EdgePart, node: string | null): void {
    const known = this.#byInstance.get(instance);
    this.#byInstance.set(instance, {
      instance,
      node,
      fromMicros: Math.min(firstSeenMicros, known?.fromMicros ?? firstSeenMicros),
      toMicros: Math.max(lastSeenMicros, known?.toMicros ?? lastSeenMicros),
      lossRatio: null,
    });
  }
}
