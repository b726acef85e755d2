import { GenerationalCache } from "../bounded/generational-cache.ts";
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

/** Microseconds of packet time; -Infinity: never. */
class EdgeMemory {
  lastConnection = Number.NEGATIVE_INFINITY;
  lastLookupPair = Number.NEGATIVE_INFINITY;
  readonly owner: LookupPairs;
  /** The generation of its last use. */
  turn = 0;

  constructor(owner: LookupPairs) {
    this.owner = owner;
  }
}

/**
 * Selects the interactions that become span pairs: every connection, every failed lookup, and only those successful
 * lookups that are needed to show an edge without connections. So no edge is missing, and counts are counts of
 * connections. Time is that of the interactions.
 */
export class LookupPairs {
  readonly #limits: LookupPairLimits;
  readonly #edges: GenerationalCache<string, EdgeMemory>;

  constructor(limits: LookupPairLimits = LOOKUP_PAIR_LIMITS) {
    this.#limits = limits;
    this.#edges = new GenerationalCache(limits.maxEdges, { maxAgeMicros: limits.connectionMemoryMicros });
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
    const memory = this.#memoryOf(interaction);
    if (interaction.evidence !== "lookup") {
      // A last connection that is much later is from before the clock was set back.
      if (time > memory.lastConnection || !this.#isShown(memory, time)) memory.lastConnection = time;
      return true;
    }
    const isShown = this.#isShown(memory, time);
    // Interactions arrive slightly out of order: the last pair may be later than this lookup.
    const isRepeat = Math.abs(time - memory.lastLookupPair) < this.#limits.intervalMicros;
    if (isShown || isRepeat) return false;
    memory.lastLookupPair = time;
    return true;
  }

  /** Whether a connection of about that time shows the edge; as with pairs, it may be later. */
  #isShown({ lastConnection }: EdgeMemory, time: number): boolean {
    return Math.abs(time - lastConnection) < this.#limits.connectionMemoryMicros;
  }

  /** Ends that are known have theirs at hand, as long as a use would not move it within the table. */
  #memoryOf({ client, server, ends = null }: Interaction): EdgeMemory {
    const { turns } = this.#edges;
    const kept = ends === null ? null : ends.memory;
    if (kept instanceof EdgeMemory && kept.owner === this && kept.turn === turns) return kept;
    const key = edgeKey(client, server);
    let memory = this.#edges.get(key);
    if (memory === undefined) {
      memory = new EdgeMemory(this);
      this.#edges.set(key, memory);
    }
    memory.turn = this.#edges.turns;
    if (ends !== null) ends.memory = memory;
    return memory;
  }
}
