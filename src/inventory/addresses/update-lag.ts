import { ENDED_MICROS, OWNER_UPDATE_MICROS } from "../../model/waiting-times.ts";

/** The API truncates its timestamps to whole seconds. */
const TIMESTAMP_MICROS = 1e6;
/** Largest difference between the clocks of the API server and of this machine, if NTP sets both. */
const CLOCK_SKEW_MICROS = 250_000;
/** After one late update, updates count as late for so long before and after it. */
const LATE_PERIOD_MICROS = 60e6;
/** For reading what came while this process was held up. */
const READ_MICROS = 500_000;
/** Held up again and again, updates count as this late at most: facts must not wait for ever. */
const MAX_HELD_MICROS = 10e6;

/** A time in which no updates were read, with the time that reading them took. */
interface Hold {
  readonly fromMicros: number;
  readonly toMicros: number;
}

/**
 * How far updates lag behind the changes that they report. A watch normally delivers within milliseconds; then the
 * arrival time is more precise than the API's whole seconds. A loaded API server or a broken watch delivers seconds
 * later, and a process without a free CPU reads seconds later; then only the order that no such delay can reverse is certain.
 */
export class UpdateLag {
  #lateFromMicros = Number.POSITIVE_INFINITY;
  #lateToMicros = Number.NEGATIVE_INFINITY;
  /** Of the last minutes, in order; they do not overlap. An attempt is decided long after its first packet. */
  #holds: readonly Hold[] = [];
  /** The watch is broken: current changes arrive later. */
  isDisconnected = false;

  /** Records that an update about a change that the API dates at `changeMicros` arrived at `arrivalMicros`. */
  observe(changeMicros: number, arrivalMicros: number): void {
    // What came while this process was held up says nothing about the updates before and after.
    if (this.unreadSince(arrivalMicros) - changeMicros <= TIMESTAMP_MICROS + CLOCK_SKEW_MICROS) return;
    const lateFromMicros = arrivalMicros - LATE_PERIOD_MICROS;
    if (lateFromMicros > this.#lateToMicros) this.#lateFromMicros = lateFromMicros;
    this.#lateToMicros = arrivalMicros + LATE_PERIOD_MICROS;
  }

  /** This process was held up in between: updates that came meanwhile are read only now. */
  held(fromMicros: number, toMicros: number): void {
    const earliestMicros = toMicros - MAX_HELD_MICROS;
    // A clock that was set back in between leaves nothing but the time of reading.
    const sinceMicros = Math.max(Math.min(fromMicros, toMicros), earliestMicros);
    const hold = { fromMicros: sinceMicros, toMicros: toMicros + READ_MICROS };
    // A clock that was set back makes later holds those of a time to come.
    const known = this.#holds.filter(
      (each) => each.toMicros > toMicros - ENDED_MICROS && each.toMicros < hold.toMicros,
    );
    const last = known.at(-1);
    if (last === undefined || last.toMicros < hold.fromMicros) {
      this.#holds = [...known, hold];
    } else if (last.fromMicros >= earliestMicros) {
      this.#holds = [...known.slice(0, -1), { fromMicros: last.fromMicros, toMicros: hold.toMicros }];
    } else {
      this.#holds = [...known, { fromMicros: last.toMicros, toMicros: hold.toMicros }];
    }
  }

  /** Since when an update that was read at `timeMicros` may have been there: until then, all had been read. */
  unreadSince(timeMicros: number): number {
    const first = this.#holds[0];
    // Most objects are older.
    if (first === undefined || timeMicros <= first.fromMicros) return timeMicros;
    for (let i = this.#holds.length - 1; i >= 0; i--) {
      const { fromMicros, toMicros } = this.#holds[i] as Hold;
      if (timeMicros > toMicros) break;
      if (fromMicros < timeMicros) return fromMicros;
    }
    return timeMicros;
  }

  /** The earliest time at which a change may have happened whose update was read at `timeMicros`. */
  earliestChange(timeMicros: number): number {
    return this.unreadSince(timeMicros) - (this.#isSentLate(timeMicros) ? OWNER_UPDATE_MICROS : 0);
  }

  /** Whether updates about changes of that time may be read later. */
  isLate(timeMicros: number): boolean {
    return this.#isSentLate(timeMicros) || this.unreadSince(timeMicros) < timeMicros;
  }

  /** The clock that dates updates was set back. */
  restart(): void {
    this.#lateFromMicros = Number.POSITIVE_INFINITY;
    this.#lateToMicros = Number.NEGATIVE_INFINITY;
    this.#holds = [];
  }

  #isSentLate(timeMicros: number): boolean {
    return this.isDisconnected || (this.#lateFromMicros <= timeMicros && timeMicros <= this.#lateToMicros);
  }
}
