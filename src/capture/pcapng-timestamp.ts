/** How an interface of a pcapng file counts time: `ticks / divisor * micros + offsetMicros`. */
export interface TimestampScale {
  readonly divisor: number;
  readonly micros: number;
  /** `if_tsoffset`: what is to be added. */
  readonly offsetMicros: number;
}

/** Without `if_tsresol` an interface counts microseconds. */
export const MICROSECONDS: TimestampScale = { divisor: 1, micros: 1, offsetMicros: 0 };

/**
 * The scale that the options `if_tsresol` (one byte: a negative power of 10, of 2 with the top bit) and `if_tsoffset`
 * (seconds) name.
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
 * Microseconds since the epoch of a 64-bit timestamp in two halves.
 * Divides by hand, 16 bits at a time: nanoseconds since 1970 outgrow the 53 bits of a double, the quotient does not.
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

/** Whether a time is one at which anything can have been captured: from 1970 to 2255, exact to the microsecond. */
export function isDate(micros: number): boolean {
  return micros >= 0 && micros <= Number.MAX_SAFE_INTEGER;
}
