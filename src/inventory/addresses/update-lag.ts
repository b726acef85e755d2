import { OWNER_UPDATE_MICROS } from "../../model/waiting-times.ts";

/** The API's times are whole seconds, cut; and its clock and ours are this far apart at most, where they are kept. */
const STAMP_MICROS = 1e6;
const CLOCKS_MICROS = 250_000;
/** News that was late once is taken to be late for so long before and after. */
const MEMORY_MICROS = 60e6;

/**
 * How far the news of the cluster lags behind what happens. A watch tells within milliseconds, and then the moment at
 * which news comes is worth more than the API's whole seconds. An API server under load, or a watch that was broken,
 * tells seconds later: then only what no such delay could have turned round is certain.
 */
export class UpdateLag {
  #fromMicros = Number.POSITIVE_INFINITY;
  #toMicros = Number.NEGATIVE_INFINITY;
  /** The watch is broken: whatever happens now, we are told of it later. */
  isBroken = false;

  /** Something that the API dates at `stampMicros` was told at `timeMicros`. */
  told(stampMicros: number, timeMicros: number): void {
    if (timeMicros - stampMicros <= STAMP_MICROS + CLOCKS_MICROS) return;
    if (timeMicros - MEMORY_MICROS > this.#toMicros) this.#fromMicros = timeMicros - MEMORY_MICROS;
    this.#toMicros = timeMicros + MEMORY_MICROS;
  }

  /** How long before it was told something may have happened. */
  at(timeMicros: number): number {
    return this.isLate(timeMicros) ? OWNER_UPDATE_MICROS : 0;
  }

  isLate(timeMicros: number): boolean {
    return this.isBroken || (this.#fromMicros <= timeMicros && timeMicros <= this.#toMicros);
  }
}
