import { readDottedQuad, readGroups, writeGroups } from "./address-text.ts";

/**
 * An IP address in the sensor: four 32-bit words, most significant first, inside a larger `Int32Array`. IPv4 is
 * IPv4-mapped IPv6 (::ffff:a.b.c.d, RFC 4291 §2.5.5.2), so that all tables and records have one format. Elsewhere an
 * address is its canonical text (RFC 5952, IPv4 as dotted quad), so that equal addresses are equal strings.
 */
export const ADDRESS_WORDS = 4;

/** Third word of an IPv4 address. */
export const IPV4_MAPPED_WORD = 0x0000ffff;

export function isIpv4Words(words: Int32Array, at: number): boolean {
  return words[at + 2] === IPV4_MAPPED_WORD && words[at] === 0 && words[at + 1] === 0;
}

export function isSameAddress(words: Int32Array, at: number, others: Int32Array, otherAt: number): boolean {
  return (
    words[at + 3] === others[otherAt + 3] &&
    words[at + 2] === others[otherAt + 2] &&
    words[at + 1] === others[otherAt + 1] &&
    words[at] === others[otherAt]
  );
}

export function copyAddress(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  to[toAt] = from[fromAt] as number;
  to[toAt + 1] = from[fromAt + 1] as number;
  to[toAt + 2] = from[fromAt + 2] as number;
  to[toAt + 3] = from[fromAt + 3] as number;
}

/** Canonical text of the address that begins at `at`. */
export function addressText(words: Int32Array, at: number): string {
  if (isIpv4Words(words, at)) {
    const address = words[at + 3] as number;
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
  }
  const groups: number[] = [];
  for (let i = 0; i < ADDRESS_WORDS; i++) {
    const word = words[at + i] as number;
    groups.push(word >>> 16, word & 0xffff);
  }
  return writeGroups(groups);
}

/** Writes the words of an address text, IPv6 with or without its zone. False if it is not an address. */
export function parseAddressInto(text: string, words: Int32Array, at: number): boolean {
  const quad = readDottedQuad(text);
  if (quad !== null) {
    words[at] = 0;
    words[at + 1] = 0;
    words[at + 2] = IPV4_MAPPED_WORD;
    words[at + 3] = quad;
    return true;
  }
  const groups = readGroups(withoutZone(text));
  if (groups === null) return false;
  for (let i = 0; i < ADDRESS_WORDS; i++)
    words[at + i] = ((groups[2 * i] as number) << 16) | (groups[2 * i + 1] as number);
  return true;
}

const scratch = new Int32Array(ADDRESS_WORDS);

/** Canonical text of an address, without its zone and with IPv4-mapped IPv6 as IPv4; null if the text is not one. */
export function canonicalAddress(text: string): string | null {
  if (readDottedQuad(text) !== null) return text;
  return parseAddressInto(withoutZone(text), scratch, 0) ? addressText(scratch, 0) : null;
}

/** RFC 4007 §11: `fe80::1%eth0`. */
function withoutZone(text: string): string {
  const zone = text.indexOf("%");
  return zone < 0 ? text : text.slice(0, zone);
}
