import type { Direction } from "./packet.ts";

/** The question of a DNS message (RFC 1035 §4.1.2). Equal questions share one object while the decoder remembers them. */
export interface DnsQuestion {
  /** As on the wire (0x20 case kept), without the trailing dot; the root is "". Bytes outside printable ASCII are `\DDD`. */
  readonly name: string;
  /** `name` in lower case: what names are compared by. */
  readonly key: string;
  /** QTYPE as a number: 1 A, 28 AAAA, 5 CNAME. */
  readonly type: number;
  /** 32-bit hash of `key` and `type`: equal questions have equal ones. */
  readonly hash: number;
}

/** The `hash` of a question. */
export function hashQuestion(key: string, type: number): number {
  let hash = key.length ^ (type << 8);
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash;
}

/**
 * Addresses of one answer that are read, passed on and remembered: a headless Service with a hundred pods is real. What is
 * beyond is counted.
 */
export const MAX_ANSWER_ADDRESSES = 128;

/** Names of one chain that are kept, the last one among them: resolvers follow no longer ones. */
export const MAX_CHAIN_NAMES = 16;

/** What the answer section says about the question's name. Shared between equal messages: never change it. */
export interface DnsAnswer {
  /**
   * CNAME targets in order, starting from the question's name, lower case, without trailing dot; empty without CNAME, and
   * where the chain ends in the question's name. Of a longer one than MAX_CHAIN_NAMES, the first names and the last one.
   */
  readonly chain: readonly string[];
  /** The first MAX_ANSWER_ADDRESSES addresses of A and AAAA records at the end of the chain, four words each (see address.ts). */
  readonly addresses: Int32Array;
  /** How many more were found. */
  readonly omittedAddresses: number;
  /** The addresses are of records with another owner than the question or the end of its chain, as there are no others. */
  readonly isMisnamed: boolean;
  /** The answer has more records or names than are looked at, or a longer chain than is kept. */
  readonly isCut: boolean;
}

/** DNS response codes (RFC 1035 §4.1.1) that the outcomes tell apart. */
export const Rcode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** One sighting of a DNS message over UDP or TCP. The decoder reuses the object: copy what must outlive the call. */
export interface DnsMessage {
  timeMicros: number;
  direction: Direction;
  /**
   * Where a query came in, as decode's `readSenderLink` says it; 0: the capture does not say, or it did not come in.
   */
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
  /** Null in a query, and in a response without an answer to its question (NXDOMAIN, NODATA, referral). */
  answer: DnsAnswer | null;
  /** 32-bit hash over all bytes of the message: copies of one message have the same. */
  fingerprint: number;
}
