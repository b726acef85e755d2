import { OWNER_UPDATE_MICROS } from "../../model/waiting-times.ts";

/** The API truncates its timestamps to whole seconds. */
const TIMESTAMP_MICROS = 1e6;
/** Largest difference between the clocks of the API server and of this machine, if NTP sets both. */
const CLOCK_SKEW_MICROS = 250_000;
/** After one late update, updates count as late for so long before and after it. */
const LATE_PERIOD_MICROS = 60e6;

/**
 * How far updates lag behind the changes that they report. A watch normally delivers within milliseconds; then the
 * arrival time is more precise than the API's whole seconds. A loaded API server or a broken watch delivers seconds
 * later; then only the order that no such delay can reverse is certain.
 */
export class UpdateLag {
  #lateFromMicros = Number.POSITIVE_INFINITY;
  #lateToMicros = Number.NEGATIVE_INFINITY;
  /** The watch is broken: current changes arrive later. */
  isDisconnected = false;

  /** Records that an update about a change that the API dates at `changeMicros` arrived at `arrivalMicros`. */
  observe(changeMicros: number, arrivalMicros: number): void {
    if (arrivalMicros - changeMicros <= TIMESTAMP_MICROS + CLOCK_SKEW_MICROS) return;
    const lateFromMicros = arrivalMicros - LATE_PERIOD_MICROS;
    if (lateFromMicros > this.#lateToMicros) this.#lateFromMicros = lateFromMicros;
    this.#lateToMicros = arrivalMicros + LATE_PERIOD_MICROS;
  }

  /** How long before the arrival of its update, at `timeMicros`, a change may have happened. */
  at(timeMicros: number): number {
    return this.isLate(timeMicros) ? OWNER_UPDATE_MICROS : 0;
  }

  isLate(timeMicros: number): boolean {
    return this.isDisconnected || (this.#lateFromMicros <= timeMicros && timeMicros <= this.#lateToMicros);
  }
}
