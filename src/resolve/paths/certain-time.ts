// Intervals in whole units of a few seconds, rounded inwards: a time near a limit may not be found to be in them. Units are
// small integers: an object's field for another number would refer to an object of its own.

const UNIT_MICROS = 4e6;
const MAX_UNIT = 2 ** 31 - 1;

/** The first whole unit of an interval that begins at that time. */
export function firstUnit(fromMicros: number): number {
  return Math.max(-MAX_UNIT, Math.min(MAX_UNIT, Math.ceil(fromMicros / UNIT_MICROS))) | 0;
}

/** The unit after the last whole one of an interval that ends at that time. */
export function endUnit(toMicros: number): number {
  return Math.max(-MAX_UNIT, Math.min(MAX_UNIT, Math.floor(toMicros / UNIT_MICROS))) | 0;
}

/** The unit that the time is in. */
export function unitOf(micros: number): number {
  return Math.floor(micros / UNIT_MICROS);
}
