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

export type DropReason = "queue_full" | "too_old";

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
  readonly #ring: (Queued | undefined)[];
  #head = 0;
  #size = 0;

  constructor(limits: PairQueueLimits, onDrop: (reason: DropReason, pairs: number) => void) {
    this.#limits = limits;
    this.#onDrop = onDrop;
    this.#ring = new Array(limits.maxPairs);
  }

  get size(): number {
    return this.#size;
  }

  get room(): number {
    return this.#limits.maxPairs - this.#size;
  }

  add(pair: SpanPair): void {
    if (this.#size === this.#limits.maxPairs) {
      this.#shift();
      this.#onDrop("queue_full", 1);
    }
    this.#ring[(this.#head + this.#size) % this.#limits.maxPairs] = { pair, bytes: maxEncodedBytes(pair) };
    this.#size++;
  }

  /** Removes and returns the oldest pairs that fit into one request; drops pairs that are too old. */
  takeBatch(nowMicros: number): SpanPair[] {
    const batch: SpanPair[] = [];
    let bytes = 0;
    while (this.#size > 0 && batch.length < this.#limits.maxBatchPairs) {
      const next = this.#ring[this.#head] as Queued;
      if (this.isTooOld(next.pair, nowMicros)) {
        this.#shift();
        this.#onDrop("too_old", 1);
        continue;
      }
      // The texts of a pair are bounded, so every pair fits into an empty batch.
      if (batch.length > 0 && bytes + next.bytes > this.#limits.maxBatchBytes) break;
      bytes += next.bytes;
      batch.push(next.pair);
      this.#shift();
    }
    return batch;
  }

  isTooOld(pair: SpanPair, nowMicros: number): boolean {
    return this.#limits.maxAgeMicros !== null && nowMicros - pair.endMicros > this.#limits.maxAgeMicros;
  }

  /** Empties the queue; returns the number of pairs in it. */
  clear(): number {
    const held = this.#size;
    this.#ring.fill(undefined);
    this.#size = 0;
    return held;
  }

  #shift(): void {
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#limits.maxPairs;
    this.#size--;
  }
}
