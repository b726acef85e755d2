import type { EdgePart, Observation } from "../model/service-graph.ts";
import type { EdgeRecord } from "./edge-record.ts";
import { compareText } from "./order.ts";

/** Instance of a reporter without a node whose observation is not known. */
const UNKNOWN = "unknown";

/** The observations of a graph by node. A reporter without one gets an observation of its interactions. */
export class ObservedNodes {
  readonly #given: readonly Observation[];
  readonly #byNode = new Map<string | null, Observation>();

  constructor(given: readonly Observation[]) {
    this.#given = given;
    for (const each of given) this.#byNode.set(each.node, each);
  }

  /** Takes the reporters of an edge. */
  see(edge: EdgeRecord): void {
    for (let record: EdgeRecord | null = edge; record !== null; record = record.next) {
      const { reporter, firstSeenMicros, lastSeenMicros } = record;
      const known = this.#byNode.get(reporter);
      if (known !== undefined && this.#given.includes(known)) continue;
      this.#byNode.set(reporter, {
        instance: reporter ?? UNKNOWN,
        node: reporter,
        fromMicros: Math.min(firstSeenMicros, known?.fromMicros ?? firstSeenMicros),
        toMicros: Math.max(lastSeenMicros, known?.toMicros ?? lastSeenMicros),
        lossRatio: null,
      });
    }
  }

  /** The parts of an edge whose reporters are known, one for each. */
  partsOf(edge: EdgeRecord): readonly EdgePart[] {
    const parts: EdgePart[] = [];
    for (let record: EdgeRecord | null = edge; record !== null; record = record.next) {
      parts.push(record.toPart(this.#byNode.get(record.reporter)?.instance ?? UNKNOWN));
    }
    return parts;
  }

  /** Sorted by instance. */
  observed(): readonly Observation[] {
    const all = new Set([...this.#given, ...this.#byNode.values()]);
    return [...all].sort((a, b) => compareText(a.instance, b.instance));
  }
}
