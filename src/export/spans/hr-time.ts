/** A time as [seconds, nanoseconds]: holds every uint64 nanosecond exactly, which one double cannot. */
export type HrTime = [number, number];

const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_SECOND = 1_000_000_000;

/** Microseconds, possibly with a fraction, as [seconds, nanoseconds]; keeps order: a ≤ b gives a time not after b's. */
export function toHrTime(micros: number): HrTime {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  const nanos = Math.round((micros - seconds * MICROS_PER_SECOND) * 1000);
  return nanos < NANOS_PER_SECOND ? [seconds, nanos] : [seconds + 1, nanos - NANOS_PER_SECOND];
}
