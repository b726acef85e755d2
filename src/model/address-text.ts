import { ipaddr } from "./ipaddr.ts";

/**
 * Addresses as text, to and from eight groups of 16 bits. The usual spellings are read and written here, since a cluster
 * has thousands of them and a capture more; whatever else is one (RFC 4291 §2.2: IPv4 inside IPv6, and old notations of
 * IPv4) is ipaddr.js's to read.
 */
export const GROUPS = 8;

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LOWER_A = 0x61;
const LOWER_F = 0x66;

/** The address of a dotted quad as a signed 32-bit integer; null for any other text, quads with leading zeros included. */
export function readDottedQuad(text: string): number | null {
  let address = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0) return null;
      address = (address << 8) | octet;
      octet = -1;
      dots++;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9 || octet === 0) return null;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return null;
    }
  }
  return dots === 3 && octet >= 0 ? (address << 8) | octet : null;
}

/** The eight groups of an IPv6 address in hexadecimal; null for any other text. Plain steps, since thousands are read at the start. */
export function readGroups(text: string): number[] | null {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0];
  let count = 0;
  /** Groups before `::`. */
  let gap = -1;
  let group = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== COLON) {
      const digit = hexDigit(code);
      if (digit < 0 || ++digits > 4) return null;
      group = group * 16 + digit;
    } else if (digits > 0) {
      if (count === GROUPS) return null;
      groups[count++] = group;
      group = 0;
      digits = 0;
    } else if (i === 0) {
      if (text.charCodeAt(1) !== COLON) return null;
    } else if (gap >= 0) {
      return null;
    } else {
      gap = count;
    }
  }
  if (digits > 0 && count < GROUPS) groups[count++] = group;
  else if (digits > 0 || gap !== count) return null;
  if (gap < 0) return count === GROUPS ? groups : null;
  return count === GROUPS ? null : widenGap(groups, gap, count);
}

/** Puts the groups behind the gap, up to `count`, to the end, and zeros into it. */
function widenGap(groups: number[], gap: number, count: number): number[] {
  const missing = GROUPS - count;
  for (let i = GROUPS - 1; i >= gap; i--) groups[i] = i - missing >= gap ? (groups[i - missing] ?? 0) : 0;
  return groups;
}

/** Negative for what is none. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const lower = code | 0x20;
  return lower >= LOWER_A && lower <= LOWER_F ? lower - LOWER_A + 10 : -1;
}

/** RFC 5952: lower case, and the first of the longest rows of two zero groups or more as `::`. */
export function writeGroups(groups: readonly number[]): string {
  let start = -1;
  let longest = 1;
  for (let i = 0, row = 0; i < GROUPS; i++) {
    row = groups[i] === 0 ? row + 1 : 0;
    if (row <= longest) continue;
    longest = row;
    start = i - row + 1;
  }
  let text = "";
  for (let i = 0; i < GROUPS; i++) {
    if (i >= start && i < start + longest && start >= 0) {
      if (i === start) text += "::";
    } else {
      text += i === 0 || i === start + longest ? hexOf(groups, i) : `:${hexOf(groups, i)}`;
    }
  }
  return text;
}

function hexOf(groups: readonly number[], at: number): string {
  return (groups[at] ?? 0).toString(16);
}

/** Any spelling of an address: four octets, eight groups, or null when it is none. */
export function readAnySpelling(text: string): readonly number[] | null {
  // Every notation has a colon or begins with a digit; to find no address in a word such as None takes ipaddr.js long.
  if (!/^\d|:/.test(text) || !ipaddr.isValid(text)) return null;
  const parsed = ipaddr.parse(text);
  return parsed instanceof ipaddr.IPv4 ? parsed.octets : parsed.parts;
}
