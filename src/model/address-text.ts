import { ipaddr } from "./ipaddr.ts";

/**
 * Addresses as text, to and from eight groups of 16 bits. The usual spellings are read and written here, since a cluster
 * has thousands of them and a capture more; whatever else is one (RFC 4291 §2.2: IPv4 inside IPv6, and old notations of
 * IPv4) is ipaddr.js's to read.
 */
export const GROUPS = 8;

const ZEROS: readonly number[] = new Array<number>(GROUPS).fill(0);
const MAX_DIGITS = 4;

const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const SMALL_A = 0x61;
const SMALL_F = 0x66;
/** The bit that tells a small letter from a capital one. */
const LOWER_CASE = 0x20;

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

/** The eight groups of an IPv6 address in hexadecimal; null for any other text. */
export function readGroups(text: string): number[] | null {
  const groups: number[] = [];
  /** How many groups stand before `::`. */
  let gap = -1;
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const begin = at;
    let group = 0;
    for (let digit = hexDigit(text, at); digit >= 0; digit = hexDigit(text, ++at)) group = (group << 4) | digit;
    if (at === begin || at - begin > MAX_DIGITS || groups.length === GROUPS) return null;
    groups.push(group);
    if (at === text.length) break;
    if (text.charCodeAt(at++) !== COLON || at === text.length) return null;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap >= 0) return null;
    gap = groups.length;
    at++;
  }
  const missing = GROUPS - groups.length;
  if (gap < 0) return missing === 0 ? groups : null;
  if (missing < 1) return null;
  groups.splice(gap, 0, ...ZEROS.slice(0, missing));
  return groups;
}

/** -1 for any other character, and behind the end. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const letter = code | LOWER_CASE;
  return letter >= SMALL_A && letter <= SMALL_F ? letter - SMALL_A + 10 : -1;
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
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + longest).join(":")}`;
}

/** Any spelling of an address: four octets, eight groups, or null when it is none. */
export function readAnySpelling(text: string): readonly number[] | null {
  // Every notation has a colon or begins with a digit; to find no address in a word such as None takes ipaddr.js long.
  if (!/^\d|:/.test(text) || !ipaddr.isValid(text)) return null;
  const parsed = ipaddr.parse(text);
  return parsed instanceof ipaddr.IPv4 ? parsed.octets : parsed.parts;
}
