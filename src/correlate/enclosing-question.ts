import { ADDRESS_WORDS, isIpv4Words } from "../model/address.ts";
import type { DnsMessage } from "../model/dns-message.ts";
import { ExchangeLayout, type ExchangeTable } from "./exchange-table.ts";
import { sameSource } from "./tuple.ts";

const { firstQueryAt, lastQueryAt } = ExchangeLayout;

export const NOT_ENCLOSING = 0;

/**
 * How likely the query is sent on behalf of the open question at `record`, which is an equal one: 3, that question's
 * server sends it; 2, that server has a link-local address, so it is on this host; 1, an equal question of somebody
 * else; 0, of nobody else.
 */
export function enclosingRank(table: ExchangeTable, record: number, message: DnsMessage): number {
  const { words } = table;
  if (sameSource(words, record + firstQueryAt, message)) return NOT_ENCLOSING;
  const server = record + lastQueryAt + ADDRESS_WORDS;
  if (isSender(words, server, message)) return 3;
  if (isSender(words, record + firstQueryAt, message)) return NOT_ENCLOSING;
  return isLinkLocal(words, server) ? 2 : 1;
}

function isSender(tuples: Int32Array, at: number, message: DnsMessage): boolean {
  for (let i = 0; i < ADDRESS_WORDS; i++) if (tuples[at + i] !== message.addresses[i]) return false;
  return true;
}

/** 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 §2.5.6). */
function isLinkLocal(words: Int32Array, at: number): boolean {
  return isIpv4Words(words, at) ? (words[at + 3] ?? 0) >>> 16 === 0xa9fe : (words[at] ?? 0) >>> 22 === 0xfe80 >>> 6;
}
