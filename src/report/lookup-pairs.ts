import { type Interaction, isFailure } from "../model/interaction.ts";
import { edgeKey } from "./edge-key.ts";

const SECOND = 1_000_000;

export interface LookupPairLimits {
  /** A connection this recent already draws the edge. */
  readonly connectionMemoryMicros: number;
  /** Between two lookup pairs of one edge. */
  readonly intervalMicros: number;
  /** Edges remembered at most, in each of two generations. */
  readonly maxEdges: number;
}

export const LOOKUP_PAIR_LIMITS: LookupPairLimits = {
  connectionMemoryMicros: 300 * SECOND,
  intervalMicros: 60 * SECOND,
  maxEdges: 20_000,
};

/** What is known of one edge; microseconds of packet time, -Infinity for never. */
interface EdgeMemory {
  lastConnection: number;
  lastLookupPair: number;
}

/**
 * Decides which interactions go out as spans: every connection, every failed lookup, and of the lookups that
 * succeeded only as many as it takes to draw an edge without connections. So edges are complete and their counts
 * stay counts of connections. Time is the interactions' own.
 */
export class LookupPairs {
  readonly #limits: LookupPairLimits;
  #young = new Map<string, EdgeMemory>();
  #old = new Map<string, EdgeMemory>();
  #youngSince = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  constructor(limits: LookupPairLimits = LOOKUP_PAIR_LIMITS) {
    this.#limits = limits;
  }

  /** Lookups that `admits` said no to. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Edges remembered now. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Whether this interaction goes out as a span pair. Must see every interaction, since connections count here too. */
  admits(interaction: Interaction): boolean {
    if (interaction.evidence === "lookup" && isFailure(interaction.outcome)) return true;
    const time = interaction.timeMicros;
    this.#turnGenerations(time);
    const memory = this.#memoryOf(edgeKey(interaction.client, interaction.server));
    if (interaction.evidence !== "lookup") {
      memory.lastConnection = Math.max(memory.lastConnection, time);
      return true;
    }
    const isDrawn = time - memory.lastConnection < this.#limits.connectionMemoryMicros;
    // Interactions come slightly out of order: a pair shortly after this one counts as well as one before.
    const isRepeat = Math.abs(time - memory.lastLookupPair) < this.#limits.intervalMicros;
    if (isDrawn || isRepeat) {
      this.#leftOut++;
      return false;
    }
    memory.lastLookupPair = time;
    return true;
  }

  #turnGenerations(time: number): void {
    const isFull = this.#young.size >= this.#limits.maxEdges;
    if (!isFull && time - this.#youngSince < this.#limits.connectionMemoryMicros) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngSince = time;
  }

  #memoryOf(key: string): EdgeMemory {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const memory = this.#old.get(key) ?? {
      lastConnection: Number.NEGATIVE_INFINITY,
      lastLookupPair: Number.NEGATIVE_INFINITY,
    };
    this.#old.delete(key);
    this.#young.set(key, memory);
    return memory;
  }
}
