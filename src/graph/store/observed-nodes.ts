import type { EdgePart, Observation } from "../../model/service-graph.ts";
import { compareText } from "../order.ts";
import type { EdgeRecord } from "./edge-record.ts";

/** Instance of a reporter without a node whose observation is not known. */
const UNKNOWN = "unknown";

/** The observations of a graph by node. A reporter without one gets an observation of its interactions. */
export class ObservedNodes {
  readonly #given: ReadonlyMap<string | null, Observation>;
  readonly #made = new Map<string | null, Observation>();
  readonly #all: readonly Observation[];

  constructor(given: readonly Observation[]) {
    this.#all = given;
    this.#given = new Map(given.map((each) => [each.node, each]));
  }

  /** Whether each of the reporters has an observation, so that no edge needs to be seen. */
  knows(reporters: Iterable<string | null>): boolean {
    for (const reporter of reporters) if (!this.#given.has(reporter)) return false;
    return true;
  }

  /** Takes the reporters of an edge. */
  see<Client>(edge: EdgeRecord<Client>): void {
    for (let record: EdgeRecord<Client> | null = edge; record !== null; record = record.next) {
      const { reporter, firstSeenMicros, lastSeenMicros } = record;
      if (this.#given.has(reporter)) continue;
      const known = this.#made.get(reporter);
      this.#made.set(reporter, {
        instance: reporter ?? UNKNOWN,
        node: reporter,
        fromMicros: Math.min(firstSeenMicros, known?.fromMicros ?? firstSeenMicros),
        toMicros: Math.max(lastSeenMicros, known?.toMicros ?? lastSeenMicros),
        lossRatio: null,
      });
    }
  }

  /** The parts of an edge, one for each reporter that is known. */
  partsOf<Client>(edge: EdgeRecord<Client>): readonly EdgePart[] {
    const parts: EdgePart[] = [];
    for (let record: EdgeRecord<Client> | null = edge; record !== null; record = record.next) {
      const observation = this.#given.get(record.reporter) ?? this.#made.get(record.reporter);
      if (observation !== undefined) parts.push(record.toPart(observation.instance));
    }
    return parts;
  }

  /** Sorted by instance. */
  observed(): readonly Observation[] {
    return [...this.#all, ...this.#made.values()].sort((a, b) => compareText(a.instance, b.instance));
  }
}
