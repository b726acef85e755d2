import { PagedRows } from "../../bounded/paged-rows.ts";

/** A row: first and last time, number of interactions, and a stamp that no other row has had. */
const FIRST = 0;
const LAST = 1;
const COUNT = 2;
const STAMP = 3;
const WIDTH = 4;
const NO_STAMP = 0;

/** Sums of flows that change with each interaction, in a row for each flow. */
export class FlowSums {
  readonly #rows = new PagedRows((length) => new Float64Array(length), WIDTH);
  #stamps = NO_STAMP;

  /** A row without interactions. */
  take(): number {
    const row = this.#rows.take();
    const page = this.#rows.pageOf(row);
    const at = this.#rows.at(row);
    page[at + FIRST] = Number.POSITIVE_INFINITY;
    page[at + LAST] = Number.NEGATIVE_INFINITY;
    page[at + STAMP] = ++this.#stamps;
    return row;
  }

  release(row: number): void {
    this.#rows.pageOf(row)[this.#rows.at(row) + STAMP] = NO_STAMP;
    this.#rows.release(row);
  }

  stamp(row: number): number {
    return this.#number(row, STAMP);
  }

  /** What has referred to the row by its stamp does not any more. */
  restamp(row: number): void {
    this.#rows.pageOf(row)[this.#rows.at(row) + STAMP] = ++this.#stamps;
  }

  add(row: number, micros: number): void {
    this.addTo(row, this.stamp(row), micros);
  }

  /** False if the row does not have the stamp any more. */
  addTo(row: number, stamp: number, micros: number): boolean {
    const page = this.#rows.pageOf(row);
    const at = this.#rows.at(row);
    if (page[at + STAMP] !== stamp) return false;
    if (micros > (page[at + LAST] as number)) page[at + LAST] = micros;
    if (micros < (page[at + FIRST] as number)) page[at + FIRST] = micros;
    page[at + COUNT] = (page[at + COUNT] as number) + 1;
    return true;
  }

  first(row: number): number {
    return this.#number(row, FIRST);
  }

  last(row: number): number {
    return this.#number(row, LAST);
  }

  count(row: number): number {
    return this.#number(row, COUNT);
  }

  #number(row: number, column: number): number {
    return this.#rows.pageOf(row)[this.#rows.at(row) + column] as number;
  }
}
