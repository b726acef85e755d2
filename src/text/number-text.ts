/** The noun for a count: `edge` for 1, `edges` for any other. */
export function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

/** `1 edge`, `3 edges`. */
export function countText(count: number, noun: string): string {
  return `${count} ${plural(count, noun)}`;
}

/**
 * Below this the doubles around a quotient stand closer than its last decimal place, so its text is the only one of
 * that length that reads back as it. Above, JSON chooses the text closest to the double, which may be a neighbour's.
 */
const UNIQUE_BELOW = 2 ** 33 * 1e6;

/**
 * `Math.round(value) / 10 ** places` in decimal, without trailing zeros: the text that JSON would give the quotient, put
 * together from whole numbers, which is several times faster than finding the shortest text of a fraction.
 */
export function decimalText(value: number, places: 3 | 6): string {
  const unit = places === 3 ? 1e3 : 1e6;
  const rounded = Math.round(value);
  if (!(rounded >= 0 && rounded < UNIQUE_BELOW)) return `${rounded / unit}`;
  const whole = Math.floor(rounded / unit);
  let fraction = rounded - whole * unit;
  if (fraction === 0) return `${whole}`;
  let digits = places as number;
  for (; fraction % 10 === 0; fraction /= 10) digits--;
  return `${whole}.${`${fraction}`.padStart(digits, "0")}`;
}
