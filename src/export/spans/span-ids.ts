import { randomFillSync } from "node:crypto";

/** Random ids as lower-case hex, never all zero (W3C Trace Context §3.2.2: zero is invalid). */
export interface SpanIds {
  /** 16 bytes. */
  traceId(): string;
  /** 8 bytes. */
  spanId(): string;
}

const POOL_BYTES = 8192;

/**
 * Takes ids from a pool of random bytes: one call to the random source serves hundreds of ids. `fill` is for tests.
 */
export function createSpanIds(fill: (pool: Buffer) => void = randomFillSync): SpanIds {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;

  function take(byteCount: number): string {
    if (used + byteCount > POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    const at = used;
    used += byteCount;
    // Zero is invalid: checking the last eight bytes is enough for both lengths.
    if (pool.readBigUInt64BE(at + byteCount - 8) === 0n) pool[at + byteCount - 1] = 1;
    return pool.toString("hex", at, at + byteCount);
  }

  return { traceId: () => take(16), spanId: () => take(8) };
}
