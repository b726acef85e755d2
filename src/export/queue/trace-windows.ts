import type { SpanIds } from "../spans/span-ids.ts";

interface TraceWindowLimits {
  readonly windowMicros: number;
  readonly maxPairsPerTrace: number;
  readonly maxClients: number;
}

/**
 * Tempo keeps 10,000 live traces by default and silently drops further ones; a trace is live until it is idle for 10 s.
 * So the pairs of a client share one trace for 10 s, which leaves at most two live traces per client and agent. A trace
 * may hold 5 MB, about 11,500 pairs; 1,000 pairs are well below and still readable.
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

/** Assigns pairs to traces: one per client of the graph and window, so that a trace shows the calls of a client. */
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
    // A clock that was set back starts a new window too.
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
