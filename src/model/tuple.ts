import { ADDRESS_WORDS } from "./address.ts";

/**
 * Addresses and ports of one packet, as nine words inside a larger array: source, destination, then both ports in one
 * word (source in the high half). Comparisons allocate nothing, and begin with the words that differ most often.
 */
export const TUPLE_WORDS = 2 * ADDRESS_WORDS + 1;

/** Position of the ports in a tuple. */
export const PORTS_AT = 2 * ADDRESS_WORDS;

/** The tuple of a decoded packet: a segment, a DNS message, a quoted header. */
export interface PacketTuple {
  /** Source address in words 0 to 3, destination in words 4 to 7. */
  readonly addresses: Int32Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Word by word: V8 does not unroll loops. */
export function writeTuple(words: Int32Array, at: number, packet: PacketTuple): void {
  const { addresses } = packet;
  words[at] = addresses[0] as number;
  words[at + 1] = addresses[1] as number;
  words[at + 2] = addresses[2] as number;
  words[at + 3] = addresses[3] as number;
  words[at + 4] = addresses[4] as number;
  words[at + 5] = addresses[5] as number;
  words[at + 6] = addresses[6] as number;
  words[at + 7] = addresses[7] as number;
  words[at + PORTS_AT] = (packet.sourcePort << 16) | packet.destinationPort;
}

export function sourcePort(words: Int32Array, at: number): number {
  return (words[at + PORTS_AT] as number) >>> 16;
}

export function destinationPort(words: Int32Array, at: number): number {
  return (words[at + PORTS_AT] as number) & 0xffff;
}

/** Whether the packet has the tuple's addresses and ports. */
export function isTuple(words: Int32Array, at: number, packet: PacketTuple): boolean {
  const { addresses } = packet;
  if (words[at + PORTS_AT] !== ((packet.sourcePort << 16) | packet.destinationPort)) return false;
  for (let i = PORTS_AT - 1; i >= 0; i--) if (words[at + i] !== addresses[i]) return false;
  return true;
}

export function hasSameSource(words: Int32Array, at: number, { addresses, sourcePort }: PacketTuple): boolean {
  return (
    words[at + 3] === addresses[3] &&
    (words[at + PORTS_AT] as number) >>> 16 === sourcePort &&
    words[at + 2] === addresses[2] &&
    words[at + 1] === addresses[1] &&
    words[at] === addresses[0]
  );
}

export function hasSameDestination(
  words: Int32Array,
  at: number,
  { addresses, destinationPort }: PacketTuple,
): boolean {
  return (
    words[at + 7] === addresses[7] &&
    ((words[at + PORTS_AT] as number) & 0xffff) === destinationPort &&
    words[at + 6] === addresses[6] &&
    words[at + 5] === addresses[5] &&
    words[at + 4] === addresses[4]
  );
}

/** Whether two tuples have the same source address and port. */
export function areSourcesEqual(words: Int32Array, a: number, b: number): boolean {
  for (let i = 0; i < ADDRESS_WORDS; i++) if (words[a + i] !== words[b + i]) return false;
  return sourcePort(words, a) === sourcePort(words, b);
}

/** Whether two tuples have the same destination address and port. */
export function areDestinationsEqual(words: Int32Array, a: number, b: number): boolean {
  for (let i = ADDRESS_WORDS; i < PORTS_AT; i++) if (words[a + i] !== words[b + i]) return false;
  return destinationPort(words, a) === destinationPort(words, b);
}

/** Whether the packet's destination is the tuple's source. */
export function isToSource(words: Int32Array, at: number, { addresses, destinationPort }: PacketTuple): boolean {
  return (
    words[at + 3] === addresses[7] &&
    (words[at + PORTS_AT] as number) >>> 16 === destinationPort &&
    words[at + 2] === addresses[6] &&
    words[at + 1] === addresses[5] &&
    words[at] === addresses[4]
  );
}

/** Whether the packet's source is the tuple's destination. */
export function isFromDestination(words: Int32Array, at: number, { addresses, sourcePort }: PacketTuple): boolean {
  return (
    words[at + 7] === addresses[3] &&
    ((words[at + PORTS_AT] as number) & 0xffff) === sourcePort &&
    words[at + 6] === addresses[2] &&
    words[at + 5] === addresses[1] &&
    words[at + 4] === addresses[0]
  );
}
