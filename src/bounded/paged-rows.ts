const PAGE_BYTES = 65_536;

/**
 * Rows of numbers in pages of typed arrays, for sums that change with each fact: V8 boxes a number in an object's field unless
 * it is a small integer, and a typed array for each owner is three more objects. Each of these is likely a cache miss for the
 * next fact.
 * A row belongs to its owner, which releases it, and the owners are bounded. A released row is taken before a new one.
 */
export class PagedRows<T extends Float64Array | Uint32Array> {
  readonly #newPage: (length: number) => T;
  readonly #width: number;
  /** Rows of a page are a power of two. */
  readonly #shift: number;
  readonly #mask: number;
  readonly #pages: T[] = [];
  readonly #free: number[] = [];
  #rows = 0;

  /** `width`: numbers in a row. */
  constructor(newPage: (length: number) => T, width: number) {
    this.#newPage = newPage;
    this.#width = width;
    this.#shift = Math.floor(Math.log2(PAGE_BYTES / (width * newPage(0).BYTES_PER_ELEMENT)));
    this.#mask = 2 ** this.#shift - 1;
  }

  /** A row of zeros. */
  take(): number {
    const row = this.#free.pop();
    if (row === undefined) {
      if ((this.#rows & this.#mask) === 0) this.#pages.push(this.#newPage((this.#mask + 1) * this.#width));
      return this.#rows++;
    }
    this.pageOf(row).fill(0, this.at(row), this.at(row) + this.#width);
    return row;
  }

  release(row: number): void {
    this.#free.push(row);
  }

  /** The page of a row, whose numbers are there from `at(row)`. */
  pageOf(row: number): T {
    return this.#pages[row >> this.#shift] as T;
  }

  at(row: number): number {
    return (row & this.#mask) * this.#width;
  }
}
