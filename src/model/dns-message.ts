import type { Direction } from "./packet.ts";

export const DNS_PORT = 53;

/** The question of a DNS message (RFC 1035 §4.1.2). The decoder's cache makes equal questions share one object. */
export interface DnsQuestion {
  /** In the case of the wire, without the trailing dot; the root is "". Bytes outside printable ASCII are `\DDD`. */
  readonly name: string;
  /** `name` in lower case, for comparisons. */
  readonly key: string;
  /** QTYPE as a number: 1 A, 28 AAAA, 5 CNAME. */
  readonly type: number;
  /** 32-bit hash of `key` and `type`. */
  readonly hash: number;
}

/**
 * Addresses that are kept of one answer; headless Services with a hundred pods exist. The decoder drops and counts
 * further ones, and the fact reader refuses them.
 */
export const MAX_ANSWER_ADDRESSES = 128;

/** Names that are kept of one CNAME chain, including the last one. Resolvers follow no longer chains. */
export const MAX_CHAIN_NAMES = 16;

/** The answer section's records for the question. Equal messages share it: never change it. */
export interface DnsAnswer {
  /**
   * CNAME targets in order, from the question's name on, in lower case, without the trailing dot; empty without CNAME,
   * and for a chain that loops back to the question's name. Of too long a chain, the first names and the last one.
   */
  readonly chain: readonly string[];
  /** Addresses of the A and AAAA records at the end of the chain, four words each (see address.ts). */
  readonly addresses: Int32Array;
  /** How many addresses beyond MAX_ANSWER_ADDRESSES the answer has. */
  readonly omittedAddresses: number;
  /** The only addresses are of records with another owner name than the question or the end of its chain. */
  readonly isMisnamed: boolean;
  /** The answer has more records or names than the decoder reads, or a longer chain than it keeps. */
  readonly isCut: boolean;
}

/** DNS response codes (RFC 1035 §4.1.1) that outcomes depend on. */
export const Rcode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** A sighting of a DNS message over UDP or TCP. The decoder reuses the object: copy what must outlive the call. */
export interface DnsMessage {
  timeMicros: number;
  direction: Direction;
  /** Link-layer sender of an incoming query, from decode's `readSenderLink`; 0 if unknown or not incoming. */
  senderLink: number;
  /** Source address in words 0 to 3, destination in words 4 to 7 (see address.ts). */
  readonly addresses: Int32Array;
  sourcePort: number;
  destinationPort: number;
  overTcp: boolean;
  id: number;
  isResponse: boolean;
  isTruncated: boolean;
  rcode: number;
  question: DnsQuestion;
  /** Null in a query, and in a response without records for its question (NXDOMAIN, NODATA, referral). */
  answer: DnsAnswer | null;
  /** 32-bit hash of all bytes of the message; sightings of one message have the same. */
  fingerprint: number;
}
