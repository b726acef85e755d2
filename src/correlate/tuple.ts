import { ADDRESS_WORDS } from "../model/address.ts";

/**
 * Addresses and ports of one sighting as nine words in a typed array: source, destination, then both ports in one
 * word (source in the high half). Slot tables keep them side by side, so that comparing costs no object.
 */
export const TUPLE_WORDS = 2 * ADDRESS_WORDS + 1;

/** What a decoded sighting offers: a segment, a message, a quote. */
export interface Sighting {
  readonly addresses: Int32Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const PORTS = 2 * ADDRESS_WORDS;

export function writeTuple(tuples: Int32Array, at: number, sighting: Sighting): void {
  for (let i = 0; i < PORTS; i++) tuples[at + i] = sighting.addresses[i] ?? 0;
  tuples[at + PORTS] = (sighting.sourcePort << 16) | sighting.destinationPort;
}

export function copyTuple(words: Int32Array, from: number, to: number): void {
  for (let i = 0; i < TUPLE_WORDS; i++) words[to + i] = words[from + i] ?? 0;
}

/** Whether the sighting has the tuple's addresses and ports. */
export function isTuple(tuples: Int32Array, at: number, sighting: Sighting): boolean {
  return sameSource(tuples, at, sighting) && sameDestination(tuples, at, sighting);
}

export function sourcePort(words: Int32Array, at: number): number {
  return (words[at + PORTS] ?? 0) >>> 16;
}

function sameAddress(a: Int32Array, aAt: number, b: Int32Array, bAt: number): boolean {
  return a[aAt + 3] === b[bAt + 3] && a[aAt + 2] === b[bAt + 2] && a[aAt + 1] === b[bAt + 1] && a[aAt] === b[bAt];
}

export function sameSource(tuples: Int32Array, at: number, sighting: Sighting): boolean {
  return (tuples[at + PORTS] ?? 0) >>> 16 === sighting.sourcePort && sameAddress(tuples, at, sighting.addresses, 0);
}

export function sameDestination(tuples: Int32Array, at: number, sighting: Sighting): boolean {
  return (
    ((tuples[at + PORTS] ?? 0) & 0xffff) === sighting.destinationPort &&
    sameAddress(tuples, at + ADDRESS_WORDS, sighting.addresses, ADDRESS_WORDS)
  );
}

/** Whether the sighting goes to where the tuple comes from. */
export function returnsToSource(tuples: Int32Array, at: number, sighting: Sighting): boolean {
  return (
    (tuples[at + PORTS] ?? 0) >>> 16 === sighting.destinationPort &&
    sameAddress(tuples, at, sighting.addresses, ADDRESS_WORDS)
  );
}

/** Whether the sighting comes from where the tuple goes to. */
export function comesFromDestination(tuples: Int32Array, at: number, sighting: Sighting): boolean {
  return (
    ((tuples[at + PORTS] ?? 0) & 0xffff) === sighting.sourcePort &&
    sameAddress(tuples, at + ADDRESS_WORDS, sighting.addresses, 0)
  );
}

/** 32-bit hash of a sighting's addresses and ports. */
export function hashSighting(sighting: Sighting): number {
  let hash = (sighting.sourcePort << 16) | sighting.destinationPort;
  for (let i = 0; i < PORTS; i++) {
    hash = Math.imul(hash ^ (sighting.addresses[i] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
