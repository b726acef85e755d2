/** DNS messages as bytes (RFC 1035 §4): the answers of CoreDNS to the resolver of a pod. */

export const QueryType = { a: 1, aaaa: 28 } as const;
const CNAME = 5;
const SOA = 6;
const QUERY_FLAGS = 0x0100;
const ANSWER_FLAGS = 0x8580;
const NAME_ERROR = 3;

/** A message to be sent many times. Write the id, and the TTLs, which a cache decrements, before each use. */
export interface DnsWire {
  readonly bytes: Uint8Array;
  readonly ttlOffsets: readonly number[];
}

function nameBytes(name: string): number[] {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]);
  return [...labels, 0];
}

function word16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

function header(flags: number, answers: number, authority: number): number[] {
  return [0, 0, ...word16(flags), ...word16(1), ...word16(answers), ...word16(authority), 0, 0];
}

function question(name: string, type: number): number[] {
  return [...nameBytes(name), ...word16(type), 0, 1];
}

export function queryWire(name: string, type: number): DnsWire {
  return { bytes: Uint8Array.from([...header(QUERY_FLAGS, 0, 0), ...question(name, type)]), ttlOffsets: [] };
}

/** Appends one record; returns the offset of its TTL. */
function appendRecord(message: number[], owner: number[], type: number, data: number[]): number {
  message.push(...owner, ...word16(type), 0, 1);
  const ttlOffset = message.length;
  message.push(0, 0, 0, 30, ...word16(data.length), ...data);
  return ttlOffset;
}

/** The CNAME chain of `name` and the address, without compression, as CoreDNS sends them if they fit. */
export function answerWire(name: string, type: number, chain: readonly string[], address: Uint8Array): DnsWire {
  const message = [...header(ANSWER_FLAGS, chain.length + 1, 0), ...question(name, type)];
  const ttlOffsets: number[] = [];
  let owner = name;
  for (const target of chain) {
    ttlOffsets.push(appendRecord(message, nameBytes(owner), CNAME, nameBytes(target)));
    owner = target;
  }
  ttlOffsets.push(appendRecord(message, nameBytes(owner), type, [...address]));
  return { bytes: Uint8Array.from(message), ttlOffsets };
}

/** NXDOMAIN, or NODATA if `exists`: an empty answer with the SOA of the zone (RFC 2308 §2). */
export function missWire(name: string, type: number, zone: string, exists: boolean): DnsWire {
  const message = [...header(ANSWER_FLAGS | (exists ? 0 : NAME_ERROR), 0, 1), ...question(name, type)];
  const serials = [0x6a, 0, 0, 1, 0, 0, 0x1c, 0x20, 0, 0, 7, 8, 0, 1, 0x51, 0x80, 0, 0, 0, 30];
  const soa = [...nameBytes(`ns.dns.${zone}`), ...nameBytes(`hostmaster.${zone}`), ...serials];
  return { bytes: Uint8Array.from(message), ttlOffsets: [appendRecord(message, nameBytes(zone), SOA, soa)] };
}
