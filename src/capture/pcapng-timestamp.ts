/** Converts the timestamps of a pcapng interface to microseconds: `ticks / divisor * micros + offsetMicros`. */
export interface TimestampScale {
  readonly divisor: number;
  readonly micros: number;
  /** From `if_tsoffset`. */
  readonly offsetMicros: number;
}

/** The default resolution of `if_tsresol`. */
export const MICROSECONDS: TimestampScale = { divisor: 1, micros: 1, offsetMicros: 0 };

/**
 * The scale for `if_tsresol` (one byte: a negative power of 10, or of 2 if the top bit is set) and `if_tsoffset` (seconds).
 */
export function timestampScale(resolution: number, offsetSeconds: number): TimestampScale {
  const exponent = resolution & 0x7f;
  const offsetMicros = offsetSeconds * 1e6;
  if ((resolution & 0x80) !== 0) return { divisor: 2 ** exponent, micros: 1e6, offsetMicros };
  return exponent < 6
    ? { divisor: 1, micros: 10 ** (6 - exponent), offsetMicros }
    : { divisor: 10 ** (exponent - 6), micros: 1, offsetMicros };
}

/**
 * Microseconds since the epoch, from the two halves of a 64-bit timestamp.
 * Long division by 16 bits at a time, because nanoseconds since 1970 exceed the 53 bits of a double.
 */
export function timestampMicros(scale: TimestampScale, high: number, low: number): number {
  const { divisor, micros, offsetMicros } = scale;
  if (divisor === 1) return (high * 4294967296 + low) * micros + offsetMicros;
  const first = Math.floor(high / divisor);
  const middle = (high - first * divisor) * 65536 + (low >>> 16);
  const second = Math.floor(middle / divisor);
  const last = (middle - second * divisor) * 65536 + (low & 0xffff);
  const third = Math.floor(last / divisor);
  const whole = (first * 65536 + second) * 65536 + third;
  return whole * micros + ((last - third * divisor) / divisor) * micros + offsetMicros;
}

/** Whether a time is between 1970 and 2255, where a double is exact to the microsecond. */
export function isDate(micros: number): boolean {
  return micros >= 0 && micros <= Number.MAX_SAFE_INTEGER;
}
