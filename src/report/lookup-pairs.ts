import { GenerationalCache } from "../bounded/generational-cache.ts";
import { PagedRows } from "../bounded/paged-rows.ts";
import { type Interaction, isFailure } from "../model/interaction.ts";
import { edgeKey } from "./edge-key.ts";

const SECOND = 1_000_000;

interface LookupPairLimits {
  /** A connection this recent already shows the edge. */
  readonly connectionMemoryMicros: number;
  /** Minimum between two lookup pairs of one edge. */
  readonly intervalMicros: number;
  /** Edges remembered, in each of two generations. */
  readonly maxEdges: number;
}

const LOOKUP_PAIR_LIMITS: LookupPairLimits = {
  connectionMemoryMicros: 300 * SECOND,
  intervalMicros: 60 * SECOND,
  maxEdges: 20_000,
};

const LAST_CONNECTION = 0;
const LAST_LOOKUP_PAIR = 1;
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Selects the interactions that become span pairs: every connection, every failed lookup, and only those successful
 * lookups that are needed to show an edge without connections. So no edge is missing, and counts are counts of
 * connections. Time is that of the interactions.
 */
export class LookupPairs {
  readonly #limits: LookupPairLimits;
  /** For each edge, a row of `#times`. */
  readonly #edges: GenerationalCache<string, number>;
  /** Times of the last connection and of the last lookup pair. */
  readonly #times = new PagedRows((length) => new Float64Array(length), 2);

  constructor(limits: LookupPairLimits = LOOKUP_PAIR_LIMITS) {
    this.#limits = limits;
    this.#edges = new GenerationalCache(limits.maxEdges, {
      maxAgeMicros: limits.connectionMemoryMicros,
      onEvict: (row) => this.#times.release(row),
    });
  }

  /** Edges remembered now. */
  get size(): number {
    return this.#edges.size;
  }

  /** Whether this interaction becomes a span pair. Must see every interaction: it remembers connections. */
  admits(interaction: Interaction): boolean {
    if (interaction.evidence === "lookup" && isFailure(interaction.outcome)) return true;
    const time = interaction.timeMicros;
    this.#edges.advance(time);
    const row = this.#rowOf(interaction);
    const times = this.#times.pageOf(row);
    const at = this.#times.at(row);
    if (interaction.evidence !== "lookup") {
      // A last connection that is much later is from before the clock was set back.
      const last = times[at + LAST_CONNECTION] as number;
      if (time > last || !this.#isShown(last, time)) times[at + LAST_CONNECTION] = time;
      return true;
    }
    const isShown = this.#isShown(times[at + LAST_CONNECTION] as number, time);
    // Interactions arrive slightly out of order: the last pair may be later than this lookup.
    const isRepeat = Math.abs(time - (times[at + LAST_LOOKUP_PAIR] as number)) < this.#limits.intervalMicros;
    if (isShown || isRepeat) return false;
    times[at + LAST_LOOKUP_PAIR] = time;
    return true;
  }

  /** Whether a connection of about that time shows the edge; as with pairs, it may be later. */
  #isShown(lastConnection: number, time: number): boolean {
    return Math.abs(time - lastConnection) < this.#limits.connectionMemoryMicros;
  }

  /** A flow that is known has its row at hand, as long as a use would not move it within the table. */
  #rowOf({ client, server, flow = null }: Interaction): number {
    const { turns } = this.#edges;
    if (flow !== null && flow.memory === this && flow.memoryTurn === turns) return flow.memoryRow;
    const key = edgeKey(client, server);
    let row = this.#edges.get(key);
    if (row === undefined) {
      row = this.#newRow();
      this.#edges.set(key, row);
    }
    if (flow !== null) {
      flow.memory = this;
      flow.memoryTurn = this.#edges.turns;
      flow.memoryRow = row;
    }
    return row;
  }

  #newRow(): number {
    const row = this.#times.take();
    this.#times.pageOf(row).fill(NEVER, this.#times.at(row), this.#times.at(row) + 2);
    return row;
  }
}
