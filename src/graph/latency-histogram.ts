/** Eighths of a microsecond, so that handshakes of a few µs on the loopback interface stay within the error too. */
const UNITS_PER_MICRO = 8;
const MAX_UNITS = 0x7fff_ffff;
/** Buckets per power of two: the middle of a bucket is at most 1/64 (1.6 %) from any value in it. */
const SUB_BUCKET_BITS = 5;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
/** Buckets added at a time: allocating an array costs more than its content. */
const WIDENED_BUCKETS = 3 * SUB_BUCKETS;
const NO_COUNTS = new Uint32Array(0);

/** Below 64 units each value has a bucket of its own; above, 32 buckets share each power of two. */
function bucketOf(units: number): number {
  const shift = 31 - Math.clz32(units) - SUB_BUCKET_BITS;
  return shift <= 0 ? units : (shift << SUB_BUCKET_BITS) + (units >>> shift);
}

function middleOf(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = (bucket >>> SUB_BUCKET_BITS) - 1;
  const low = (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) * 2 ** shift;
  return low + (2 ** shift - 1) / 2;
}

/**
 * Durations in logarithmic buckets: quantiles within 2 %, a few hundred bytes for the range of one edge.
 * Range: 0 to 268 s; longer durations count as 268 s. The bucket scheme is that of HdrHistogram.
 */
export class LatencyHistogram {
  #counts = NO_COUNTS;
  /** Bucket of `#counts[0]`. */
  #first = 0;
  #total = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  get count(): number {
    return this.#total;
  }

  record(micros: number): void {
    const units = Math.min(MAX_UNITS, Math.max(0, Math.round(micros * UNITS_PER_MICRO)));
    this.#addToBucket(bucketOf(units), 1);
    if (units < this.#min) this.#min = units;
    if (units > this.#max) this.#max = units;
  }

  /** Microseconds at the nearest rank, for a quantile between 0 and 1; null without durations. */
  quantile(q: number): number | null {
    if (this.#total === 0) return null;
    const rank = Math.max(1, Math.ceil(q * this.#total));
    let seen = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i] ?? 0;
      if (seen >= rank) {
        const units = Math.min(this.#max, Math.max(this.#min, middleOf(this.#first + i)));
        return units / UNITS_PER_MICRO;
      }
    }
    return this.#max / UNITS_PER_MICRO;
  }

  #addToBucket(bucket: number, count: number): void {
    let at = bucket - this.#first;
    if (at < 0 || at >= this.#counts.length) {
      this.#coverBucket(bucket);
      at = bucket - this.#first;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#total += count;
  }

  /** Widens the range of buckets by some powers of two, on the side of the new one. */
  #coverBucket(bucket: number): void {
    const low = bucket - (bucket % WIDENED_BUCKETS);
    const empty = this.#counts.length === 0;
    const first = empty ? low : Math.min(low, this.#first);
    const end = Math.max(low + WIDENED_BUCKETS, empty ? 0 : this.#first + this.#counts.length);
    const wider = new Uint32Array(end - first);
    if (!empty) wider.set(this.#counts, this.#first - first);
    this.#counts = wider;
    this.#first = first;
  }
}
