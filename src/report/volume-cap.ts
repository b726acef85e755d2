import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import type { Interaction } from "../model/interaction.ts";
import { edgeKey } from "./edge-key.ts";

const SECOND = 1_000_000;
/** Edges times seconds remembered, in each of two generations; one that is forgotten begins anew. */
const MAX_ENTRIES = 65_536;

/**
 * Lets through at most so many span pairs per edge and second of packet time, and counts the others. Seconds are
 * counted apart, since interactions come out of order: an attempt that timed out is told seconds later.
 */
export class VolumeCap {
  readonly #maxPairs: number;
  readonly #counts: TwoGenerationMap<string, { pairs: number }>;
  #leftOut = 0;

  constructor(maxPairs: number, maxEntries = MAX_ENTRIES) {
    this.#maxPairs = maxPairs;
    this.#counts = new TwoGenerationMap(maxEntries);
  }

  /** Interactions that stand behind the pairs that `admits` said no to. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Edges times seconds remembered now. */
  get size(): number {
    return this.#counts.size;
  }

  /** `count`: interactions that the pair stands for. */
  admits({ client, server, timeMicros }: Interaction, count = 1): boolean {
    const key = `${Math.floor(timeMicros / SECOND)}\n${edgeKey(client, server)}`;
    const sent = this.#counts.get(key) ?? { pairs: 0 };
    if (sent.pairs >= this.#maxPairs) {
      this.#leftOut += count;
      return false;
    }
    if (sent.pairs++ === 0) this.#counts.set(key, sent);
    return true;
  }
}
