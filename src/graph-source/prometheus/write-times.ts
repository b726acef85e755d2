/** Samples that are closer are of one write: a scrape has one time, remote write a few milliseconds. */
const ONE_WRITE_SECONDS = 0.25;

/**
 * The times at which one process wrote its series, numbered in order, page by page: a series that has no sample with a
 * number was not there.
 */
export class WriteTimes {
  /** Number of the first time of the page. */
  #first = 0;
  /** Ends of the writes of the page, sorted. */
  #ends: number[] = [];

  /** Number of the last write so far; -1 before the first. */
  get last(): number {
    return this.#first + this.#ends.length - 1;
  }

  /** The next page: times in any order, none before those of the page before. */
  addPage(times: Iterable<number>): void {
    this.#first += this.#ends.length;
    this.#ends = [];
    for (const time of Float64Array.from(new Set(times)).sort()) {
      const at = this.#ends.length - 1;
      const end = this.#ends[at];
      if (end !== undefined && time - end <= ONE_WRITE_SECONDS) this.#ends[at] = time;
      else this.#ends.push(time);
    }
  }

  /** Number of the write at a time, of another series of the process; null if it is not in this page. */
  numberNear(time: number): number | null {
    const at = this.numberOf(time - ONE_WRITE_SECONDS) - this.#first;
    return Math.abs((this.#ends[at] ?? Number.POSITIVE_INFINITY) - time) <= ONE_WRITE_SECONDS ? this.#first + at : null;
  }

  /** Number of the write of a sample of this page. */
  numberOf(time: number): number {
    let [low, high] = [0, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return this.#first + low;
  }
}
