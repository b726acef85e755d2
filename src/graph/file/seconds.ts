/** Microseconds since the Unix epoch as seconds. Exact up to MAX_TIME_MICROS. */
export function toSeconds(micros: number): number {
  return micros / 1e6;
}

/** The microseconds that `toSeconds` got; the product of seconds alone could be off by one. */
export function toMicros(seconds: number): number {
  const whole = Math.floor(seconds);
  return whole * 1e6 + Math.round((seconds - whole) * 1e6);
}
