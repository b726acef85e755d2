/** Both producers delete a series that has not changed for 15 min, and check it once a minute; it begins again at 0. */
const IDLE_SECONDS = 15.5 * 60;

/** A sample with the number of its write. */
export interface NumberedSample {
  readonly seconds: number;
  readonly value: number;
  readonly write: number;
}

export interface LastSample extends NumberedSample {
  /** Time of the first sample with this value. */
  readonly sinceSeconds: number;
}

/** One counter: its increase, and when it increased first and last. */
export class Counter {
  increase = 0;
  /** Times of the samples that show the first and the last increase, in seconds since the Unix epoch. */
  firstSeconds = Number.POSITIVE_INFINITY;
  lastSeconds = Number.NEGATIVE_INFINITY;
  #last: LastSample | null = null;
  readonly #isDeletedIdle: boolean;

  /** `isDeletedIdle`: its producer deletes it when it has not changed for 15 min. */
  constructor(isDeletedIdle: boolean) {
    this.#isDeletedIdle = isDeletedIdle;
  }

  get last(): LastSample | null {
    return this.#last;
  }

  /**
   * Goes on to the next sample; the increase counts from `fromSeconds` on. A counter without earlier sample began at 0.
   * `isSumChanged`: the sum of its durations changed.
   */
  add(
    next: NumberedSample,
    fromSeconds: number,
    isRestarted: (from: number, to: number) => boolean,
    isSumChanged = false,
  ): void {
    const last = this.#last;
    const isReset = last === null || this.#isReset(last, next, isSumChanged) || isRestarted(last.write, next.write);
    const increase = isReset ? next.value : next.value - last.value;
    const isSame = !isReset && increase === 0;
    const sinceSeconds = isSame ? last.sinceSeconds : next.seconds;
    this.#last = { seconds: next.seconds, value: next.value, write: next.write, sinceSeconds };
    if (increase === 0 || next.seconds <= fromSeconds) return;
    this.increase += increase;
    if (next.seconds < this.firstSeconds) this.firstSeconds = next.seconds;
    this.lastSeconds = next.seconds;
  }

  /** PromQL sees a reset in a lower value only. A series that was deleted comes back with any value. */
  #isReset(last: LastSample, next: NumberedSample, isSumChanged: boolean): boolean {
    if (next.value < last.value) return true;
    const isIdle = this.#isDeletedIdle && isIdleAt(last.seconds, last.sinceSeconds);
    if (isIdle && (next.value > last.value || isSumChanged)) return true;
    const isAbsent = next.write - last.write > 1;
    return isAbsent && (isIdle || next.seconds - last.seconds >= IDLE_SECONDS);
  }

  /** A value from before the first sample that is read. */
  setBaseline(sample: NumberedSample): void {
    this.#last ??= { ...sample, sinceSeconds: sample.seconds };
  }
}

/** Whether the producer may have deleted a series with this last sample, because it had not changed since then. */
export function isIdleAt(seconds: number, sinceSeconds: number): boolean {
  return seconds - sinceSeconds >= IDLE_SECONDS;
}
