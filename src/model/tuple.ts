import { ADDRESS_WORDS } from "./address.ts";

/**
 * Addresses and ports of one sighting as nine words in a record: source, destination, then both ports in one word
 * (source in the high half). Comparing costs no object; an address's last word tells most apart.
 */
export const TUPLE_WORDS = 2 * ADDRESS_WORDS + 1;

/** What a decoded sighting offers: a segment, a message, a quote. */
export interface Sighting {
  readonly addresses: Int32Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Where a tuple has its ports: behind both addresses. */
export const PORTS_AT = 2 * ADDRESS_WORDS;

/** Word by word, since the compiler unrolls no loop. */
export function writeTuple(words: Int32Array, at: number, sighting: Sighting): void {
  const { addresses } = sighting;
  words[at] = addresses[0] ?? 0;
  words[at + 1] = addresses[1] ?? 0;
  words[at + 2] = addresses[2] ?? 0;
  words[at + 3] = addresses[3] ?? 0;
  words[at + 4] = addresses[4] ?? 0;
  words[at + 5] = addresses[5] ?? 0;
  words[at + 6] = addresses[6] ?? 0;
  words[at + 7] = addresses[7] ?? 0;
  words[at + PORTS_AT] = (sighting.sourcePort << 16) | sighting.destinationPort;
}

export function sourcePort(words: Int32Array, at: number): number {
  return (words[at + PORTS_AT] ?? 0) >>> 16;
}

/** Whether the sighting has the tuple's addresses and ports. */
export function isTuple(words: Int32Array, at: number, sighting: Sighting): boolean {
  const { addresses } = sighting;
  if (words[at + PORTS_AT] !== ((sighting.sourcePort << 16) | sighting.destinationPort)) return false;
  for (let i = PORTS_AT - 1; i >= 0; i--) if (words[at + i] !== addresses[i]) return false;
  return true;
}

export function sameSource(words: Int32Array, at: number, { addresses, sourcePort }: Sighting): boolean {
  return (
    words[at + 3] === addresses[3] &&
    (words[at + PORTS_AT] ?? 0) >>> 16 === sourcePort &&
    words[at + 2] === addresses[2] &&
    words[at + 1] === addresses[1] &&
    words[at] === addresses[0]
  );
}

export function sameDestination(words: Int32Array, at: number, { addresses, destinationPort }: Sighting): boolean {
  return (
    words[at + 7] === addresses[7] &&
    ((words[at + PORTS_AT] ?? 0) & 0xffff) === destinationPort &&
    words[at + 6] === addresses[6] &&
    words[at + 5] === addresses[5] &&
    words[at + 4] === addresses[4]
  );
}

/** Whether two tuples go to one address and port. */
export function haveSameDestination(words: Int32Array, a: number, b: number): boolean {
  for (let i = ADDRESS_WORDS; i < PORTS_AT; i++) if (words[a + i] !== words[b + i]) return false;
  return ((words[a + PORTS_AT] ?? 0) & 0xffff) === ((words[b + PORTS_AT] ?? 0) & 0xffff);
}

/** Whether two tuples come from one address and port. */
export function haveSameSource(words: Int32Array, a: number, b: number): boolean {
  for (let i = 0; i < ADDRESS_WORDS; i++) if (words[a + i] !== words[b + i]) return false;
  return (words[a + PORTS_AT] ?? 0) >>> 16 === (words[b + PORTS_AT] ?? 0) >>> 16;
}

/** Whether the sighting goes to where the tuple comes from. */
export function returnsToSource(words: Int32Array, at: number, { addresses, destinationPort }: Sighting): boolean {
  return (
    words[at + 3] === addresses[7] &&
    (words[at + PORTS_AT] ?? 0) >>> 16 === destinationPort &&
    words[at + 2] === addresses[6] &&
    words[at + 1] === addresses[5] &&
    words[at] === addresses[4]
  );
}

/** Whether the sighting comes from where the tuple goes to. */
export function comesFromDestination(words: Int32Array, at: number, { addresses, sourcePort }: Sighting): boolean {
  return (
    words[at + 7] === addresses[3] &&
    ((words[at + PORTS_AT] ?? 0) & 0xffff) === sourcePort &&
    words[at + 6] === addresses[2] &&
    words[at + 5] === addresses[1] &&
    words[at + 4] === addresses[0]
  );
}

/** 32-bit hash of a sighting's addresses and ports. */
export function hashSighting({ addresses, sourcePort, destinationPort }: Sighting): number {
  let hash = (sourcePort << 16) | destinationPort;
  for (let i = 0; i < PORTS_AT; i++) {
    hash = Math.imul(hash ^ (addresses[i] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
