import { maxEncodedBytes } from "../spans/pair-size.ts";
import type { SpanPair } from "../spans/span-pair.ts";

export interface PairQueueLimits {
  readonly maxPairs: number;
  readonly maxBatchPairs: number;
  /** Of one batch, encoded: gRPC receivers take 4 MiB by default. */
  readonly maxBatchBytes: number;
  /**
   * From a pair's end. Tempo discards what ended more than 30 s ago; null for pairs that are moved to the time of sending.
   */
  readonly maxAgeMicros: number | null;
}

export const MAX_BATCH_PAIRS = 500;
export const MAX_BATCH_BYTES = 2 * 1024 * 1024;
/** Leaves 5 s of Tempo's 30 s for the last request itself. */
export const MAX_AGE_MICROS = 25_000_000;

export type DropReason = "queue_full" | "too_old";

interface Queued {
  readonly pair: SpanPair;
  readonly bytes: number;
}

/**
 * Whole pairs in order of arrival, waiting to be sent. Bounded: a full queue drops its oldest pair, since after an
 * outage the youngest are those that Tempo still takes. Every drop goes to `onDrop`. Time is passed in.
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

  /** The oldest pairs that fit into one request; what is too old by now is dropped on the way. Empty when nothing waits. */
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
      // A pair is far smaller than a batch (its texts are bounded), so a batch is never empty for its sake.
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

  /** Empties the queue and says how many pairs it held. */
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
