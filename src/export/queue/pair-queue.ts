import { Ring } from "../../bounded/ring.ts";
import { maxEncodedBytes } from "../spans/pair-size.ts";
import type { SpanPair } from "../spans/span-pair.ts";

export interface PairQueueLimits {
  readonly maxPairs: number;
  readonly maxBatchPairs: number;
  /** Encoded size of one batch; gRPC receivers accept 4 MiB by default. */
  readonly maxBatchBytes: number;
  /** Measured from the end of a pair; null for no limit. Tempo discards spans that ended more than 30 s ago. */
  readonly maxAgeMicros: number | null;
}

export const MAX_BATCH_PAIRS = 500;
export const MAX_BATCH_BYTES = 2 * 1024 * 1024;
/** Leaves 5 s of the 30 s of Tempo for the last request. */
export const MAX_AGE_MICROS = 25_000_000;

type DropReason = "queue_full" | "too_old";

interface Queued {
  readonly pair: SpanPair;
  readonly bytes: number;
}

/**
 * Pairs in order of arrival, bounded: a full queue drops its oldest pair, since after an outage Tempo accepts only the
 * newest ones. Every drop is reported to `onDrop`.
 */
export class PairQueue {
  readonly #limits: PairQueueLimits;
  readonly #onDrop: (reason: DropReason, pairs: number) => void;
  readonly #pairs = new Ring<Queued>();

  constructor(limits: PairQueueLimits, onDrop: (reason: DropReason, pairs: number) => void) {
    this.#limits = limits;
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#pairs.size;
  }

  get room(): number {
    return this.#limits.maxPairs - this.#pairs.size;
  }

  add(pair: SpanPair): void {
    if (this.#pairs.size === this.#limits.maxPairs) {
      this.#pairs.shift();
      this.#onDrop("queue_full", 1);
    }
    this.#pairs.push({ pair, bytes: maxEncodedBytes(pair) });
  }

  /** Removes and returns the oldest pairs that fit into one request; drops pairs that are too old. */
  takeBatch(nowMicros: number): SpanPair[] {
    const batch: SpanPair[] = [];
    let bytes = 0;
    for (let next = this.#pairs.first; next !== undefined; next = this.#pairs.first) {
      if (batch.length === this.#limits.maxBatchPairs) break;
      if (this.isTooOld(next.pair, nowMicros)) {
        this.#pairs.shift();
        this.#onDrop("too_old", 1);
        continue;
      }
      // The texts of a pair are bounded, so every pair fits into an empty batch.
      if (batch.length > 0 && bytes + next.bytes > this.#limits.maxBatchBytes) break;
      bytes += next.bytes;
      batch.push(next.pair);
      this.#pairs.shift();
    }
    return batch;
  }

  isTooOld(pair: SpanPair, nowMicros: number): boolean {
    return this.#limits.maxAgeMicros !== null && nowMicros - pair.endMicros > this.#limits.maxAgeMicros;
  }

  /** Empties the queue; returns the number of pairs in it. */
  clear(): number {
    const { size } = this.#pairs;
    this.#pairs.clear();
    return size;
  }
}
