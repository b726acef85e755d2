/**
 * IP addresses as text: dotted quads, and the three forms of IPv6 (RFC 4291 §2.2), to and from eight groups of 16 bits.
 * Other notations of IPv4 (`127.1`, `0x7f.0.0.1`, leading zeros) are not addresses: programs read them differently
 * (RFC 6943 §3.1.1). Plain loops, since a cluster has thousands of addresses and a capture more.
 */
const GROUPS = 8;

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LOWER_A = 0x61;
const LOWER_F = 0x66;

/** The address of a dotted quad as a signed 32-bit integer; null for any other text. */
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

/** The eight groups of an IPv6 address, which may end in a dotted quad; null for any other text. */
export function readGroups(text: string): number[] | null {
  if (!text.includes(".")) return readHexGroups(text);
  const quadAt = text.lastIndexOf(":") + 1;
  const quad = quadAt > 0 ? readDottedQuad(text.slice(quadAt)) : null;
  if (quad === null) return null;
  return readHexGroups(`${text.slice(0, quadAt)}${(quad >>> 16).toString(16)}:${(quad & 0xffff).toString(16)}`);
}

function readHexGroups(text: string): number[] | null {
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

/** Moves the groups after the gap to the end, and fills the gap with zeros. */
function widenGap(groups: number[], gap: number, count: number): number[] {
  const missing = GROUPS - count;
  for (let i = GROUPS - 1; i >= gap; i--) groups[i] = i - missing >= gap ? (groups[i - missing] as number) : 0;
  return groups;
}

/** -1 for any other character. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const lower = code | 0x20;
  return lower >= LOWER_A && lower <= LOWER_F ? lower - LOWER_A + 10 : -1;
}

/** RFC 5952: lower case; the first of the longest runs of two or more zero groups is `::`. */
export function writeGroups(groups: readonly number[]): string {
  let start = -1;
  let longest = 1;
  for (let i = 0, run = 0; i < GROUPS; i++) {
    run = groups[i] === 0 ? run + 1 : 0;
    if (run <= longest) continue;
    longest = run;
    start = i - run + 1;
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
  return (groups[at] as number).toString(16);
}
