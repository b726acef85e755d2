/** The noun for a count: `edge` for 1, `edges` for any other. */
export function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

/** `1 edge`, `3 edges`. */
export function countText(count: number, noun: string): string {
  return `${count} ${plural(count, noun)}`;
}

/** A share between 0 and 1 in whole percent: `12 %`, `<1 %`. */
export function percentText(share: number): string {
  if (share > 0 && share < 0.01) return "<1 %";
  return share > 0.99 && share < 1 ? ">99 %" : `${Math.round(share * 100)} %`;
}

/**
 * Below this, adjacent doubles differ by less than the last decimal place, so only one text of that length parses to the
 * quotient. Above, JSON.stringify chooses between several texts.
 */
export const UNIQUE_BELOW = 2 ** 33 * 1e6;

/**
 * `Math.round(value) / 10 ** places` in decimal, without trailing zeros, as JSON.stringify writes it. Built from integers,
 * which is several times faster than finding the shortest text of a fraction.
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
