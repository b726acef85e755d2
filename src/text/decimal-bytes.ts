import { decimalText, UNIQUE_BELOW } from "./number-text.ts";

const DOT = 0x2e;
const ZERO = 0x30;
/** Up to here, V8 calculates with integers. */
const MAX_SMALL = 2 ** 31 - 1;

/** The longest text of a number: `-1.7976931348623157e+308` has 24 characters. */
export const MAX_NUMBER_BYTES = 32;

/** Writes a whole number from 0 as digits at `at`; returns where they end. */
export function writeWhole(bytes: Uint8Array, at: number, value: number): number {
  if (!(value <= MAX_SMALL)) return writeText(bytes, at, `${value}`);
  let rest = value | 0;
  let end = at + 1;
  for (let each = rest; each >= 10; each = (each / 10) | 0) end++;
  for (let place = end - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

/** Writes `decimalText` of the same arguments at `at`, without making the text; returns where it ends. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number, places: 3 | 6): number {
  const rounded = Math.round(value);
  if (!(rounded >= 0 && rounded < UNIQUE_BELOW)) return writeText(bytes, at, decimalText(value, places));
  const unit = places === 3 ? 1e3 : 1e6;
  const whole = Math.floor(rounded / unit);
  const dot = writeWhole(bytes, at, whole);
  let fraction = (rounded - whole * unit) | 0;
  if (fraction === 0) return dot;
  bytes[dot] = DOT;
  let end = dot;
  for (let place = dot + places; place > dot; place--) {
    const tenth = (fraction / 10) | 0;
    const digit = fraction - tenth * 10;
    // The first digit from the right that is not a zero is the last one written.
    if (digit !== 0 && end === dot) end = place + 1;
    bytes[place] = ZERO + digit;
    fraction = tenth;
  }
  return end;
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
