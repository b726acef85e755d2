import type { Packet } from "dns-packet";

type AddressType = "A" | "AAAA";

export interface Asked {
  readonly name: string;
  readonly id?: number;
  readonly type?: AddressType;
}

/** A query as a stub resolver sends it. */
export function query({ name, id = 7, type = "A" }: Asked): Packet {
  return { type: "query", id, flags: 0x0100, questions: [{ type, name }] };
}

/** An answer with addresses, of the query's id and question; `flags` hold the rcode (3 NXDOMAIN) and TC (0x0200). */
export function answer({ name, id = 7, type = "A" }: Asked, addresses: readonly string[], flags = 0x0180): Packet {
  const answers = addresses.map((data) => ({ type, name, ttl: 5, data }));
  return { type: "response", id, flags, questions: [{ type, name }], answers };
}

export const NXDOMAIN = 0x0183;
export const SERVFAIL = 0x0182;
export const TRUNCATED = 0x0380;
