import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { Interaction } from "../model/interaction.ts";
import { edgeKey } from "./edge-key.ts";

const SECOND = 1_000_000;
/** Pairs of edge and second remembered, in each of two generations; a forgotten one starts again at zero. */
const MAX_ENTRIES = 65_536;

/**
 * Admits a maximum of span pairs per edge and second of packet time. Each second has its own count, because
 * interactions arrive out of order: an attempt that timed out is reported seconds later.
 */
export class EdgeRateLimit {
  readonly #maxPairs: number;
  readonly #counts: GenerationalCache<string, { pairs: number }>;

  constructor(maxPairs: number, maxEntries = MAX_ENTRIES) {
    this.#maxPairs = maxPairs;
    this.#counts = new GenerationalCache(maxEntries);
  }

  /** Pairs of edge and second remembered now. */
  get size(): number {
    return this.#counts.size;
  }

  admits({ client, server, timeMicros }: Interaction): boolean {
    const key = `${Math.floor(timeMicros / SECOND)}\n${edgeKey(client, server)}`;
    const sent = this.#counts.get(key) ?? { pairs: 0 };
    if (sent.pairs >= this.#maxPairs) return false;
    if (sent.pairs++ === 0) this.#counts.set(key, sent);
    return true;
  }
}
