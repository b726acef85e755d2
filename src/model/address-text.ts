import { ipaddr } from "./ipaddr.ts";

/**
 * Addresses as text, to and from eight groups of 16 bits. The usual spellings are read and written here, since a cluster
 * has thousands of them and a capture more; whatever else is one (RFC 4291 §2.2: IPv4 inside IPv6, and old notations of
 * IPv4) is ipaddr.js's to read.
 */
export const GROUPS = 8;

const DOT = 0x2e;
const ZERO = 0x30;

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
  const [head = "", tail, more] = text.split("::");
  if (more !== undefined) return null;
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = GROUPS - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...first, ...new Array<string>(missing).fill("0"), ...last];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
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
  if (!ipaddr.isValid(text)) return null;
  const parsed = ipaddr.parse(text);
  return parsed instanceof ipaddr.IPv4 ? parsed.octets : parsed.parts;
}
