import { GROUPS, readAnySpelling, readDottedQuad, readGroups, writeGroups } from "./address-text.ts";

/**
 * An IP address on the hot path: four 32-bit words, most significant first, inside a larger `Int32Array`.
 * IPv4 stands as IPv4-mapped IPv6 (::ffff:a.b.c.d, RFC 4291 §2.5.5.2), so that one shape fits all tables and records.
 * Off the hot path an address is its canonical text (RFC 5952, IPv4 dotted), so that equal addresses are equal strings.
 */
export const ADDRESS_WORDS = 4;

/** Third word of an IPv4 address. */
export const IPV4_MAPPED_WORD = 0x0000ffff;

export function isIpv4Words(words: Int32Array, at: number): boolean {
  return words[at + 2] === IPV4_MAPPED_WORD && words[at] === 0 && words[at + 1] === 0;
}

/** Canonical text of the address whose words begin at `at`. */
export function addressText(words: Int32Array, at: number): string {
  const last = words[at + 3] ?? 0;
  if (isIpv4Words(words, at)) {
    return `${last >>> 24}.${(last >>> 16) & 255}.${(last >>> 8) & 255}.${last & 255}`;
  }
  const parts: number[] = [];
  for (let i = 0; i < ADDRESS_WORDS; i++) {
    const word = words[at + i] ?? 0;
    parts.push(word >>> 16, word & 0xffff);
  }
  return writeGroups(parts);
}

/** Writes the words of a textual address at `at`; false, with nothing written, when it is not an IP address. */
export function parseAddressInto(text: string, words: Int32Array, at: number): boolean {
  const quad = readDottedQuad(text);
  if (quad !== null) {
    writeIpv4(words, at, quad);
    return true;
  }
  const parts = readGroups(text) ?? readAnySpelling(text);
  if (parts === null) return false;
  if (parts.length < GROUPS) {
    const [a = 0, b = 0, c = 0, d = 0] = parts;
    writeIpv4(words, at, (a << 24) | (b << 16) | (c << 8) | d);
    return true;
  }
  for (let i = 0; i < ADDRESS_WORDS; i++) words[at + i] = ((parts[2 * i] ?? 0) << 16) | (parts[2 * i + 1] ?? 0);
  return true;
}

function writeIpv4(words: Int32Array, at: number, address: number): void {
  words[at] = 0;
  words[at + 1] = 0;
  words[at + 2] = IPV4_MAPPED_WORD;
  words[at + 3] = address;
}

const scratch = new Int32Array(ADDRESS_WORDS);

/** Canonical text of any spelling of an IP address (zone removed, IPv4-mapped as IPv4); null when it is none. */
export function canonicalAddress(text: string): string | null {
  if (readDottedQuad(text) !== null) return text;
  const zone = text.indexOf("%");
  return parseAddressInto(zone < 0 ? text : text.slice(0, zone), scratch, 0) ? addressText(scratch, 0) : null;
}
