import type { SpanIds } from "../spans/span-ids.ts";

export interface TraceWindowLimits {
  readonly windowMicros: number;
  readonly maxPairsPerTrace: number;
  readonly maxClients: number;
}

/**
 * Tempo keeps 10,000 live traces by default and drops further ones without telling the sender; a trace counts as live
 * until it has been idle for 10 s. So a client's pairs share one trace for 10 s, whatever the flush interval is: at
 * most two traces per client and agent are live. A trace may hold 5 MB, about 11,500 pairs; 1,000 stays well below
 * and can still be read by a person.
 */
export const TRACE_WINDOW_LIMITS: TraceWindowLimits = {
  windowMicros: 10_000_000,
  maxPairsPerTrace: 1_000,
  maxClients: 20_000,
};

interface OpenTrace {
  traceId: string;
  pairs: number;
}

/** Which trace a pair belongs to: one per client node of the graph and window, so that a trace reads as what a client called in these seconds. */
export class TraceWindows {
  readonly #ids: SpanIds;
  readonly #limits: TraceWindowLimits;
  #open = new Map<string, OpenTrace>();
  #windowStart = Number.NEGATIVE_INFINITY;

  constructor(ids: SpanIds, limits: TraceWindowLimits = TRACE_WINDOW_LIMITS) {
    this.#ids = ids;
    this.#limits = limits;
  }

  traceIdFor(clientKey: string, nowMicros: number): string {
    const age = nowMicros - this.#windowStart;
    // A clock that was set back opens a new window too.
    if (age >= this.#limits.windowMicros || age < 0 || this.#open.size >= this.#limits.maxClients) {
      this.#open = new Map();
      this.#windowStart = nowMicros;
    }
    const open = this.#open.get(clientKey);
    if (open !== undefined && open.pairs < this.#limits.maxPairsPerTrace) {
      open.pairs++;
      return open.traceId;
    }
    const traceId = this.#ids.traceId();
    this.#open.set(clientKey, { traceId, pairs: 1 });
    return traceId;
  }
}
