import { NO_RECORD } from "../../bounded/records.ts";
import { ADDRESS_WORDS, isIpv4Words } from "../../model/address.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
import { sameSource } from "../../model/tuple.ts";
import { ExchangeLayout } from "./exchange-layout.ts";
import type { ExchangeTable } from "./exchange-table.ts";

const { queryDouble, firstAnswerDouble, firstQueryAt, lastQueryAt, enclosingRecordAt } = ExchangeLayout;
const { firstAnswerAt, lastAnswerAt, enclosingAt } = ExchangeLayout;

export const NOT_ENCLOSING = 0;
export const BEST_ENCLOSING = 3;

/**
 * How likely the query is sent on behalf of the open question at `record`, which is an equal one: 3, that question's
 * server sends it; 2, that server has a link-local address, so it is on this host; 1, an equal question of somebody
 * else; 0, of nobody else.
 */
export function enclosingRank(table: ExchangeTable, record: number, message: DnsMessage): number {
  const { words } = table;
  if (sameSource(words, record + firstQueryAt, message)) return NOT_ENCLOSING;
  const server = record + lastQueryAt + ADDRESS_WORDS;
  if (isSender(words, server, message)) return BEST_ENCLOSING;
  if (isSender(words, record + firstQueryAt, message)) return NOT_ENCLOSING;
  return isLinkLocal(words, server) ? 2 : 1;
}

export const Nesting = { answeredBefore: 0, answeredAfter: 1, unknown: 2 } as const;
export type Nesting = (typeof Nesting)[keyof typeof Nesting];

/**
 * Whether the question that stood open around the exchange at `record` was answered by the server that was noted of it, and
 * only after that exchange had its answer: who forwards passes on what it gets. `unknown` while it stands open, and long
 * after; and where another server answered, which its client asked the same.
 */
export function nestingOf(table: ExchangeTable, record: number): Nesting {
  const { words, doubles } = table;
  const enclosing = words[record + enclosingRecordAt] ?? NO_RECORD;
  // Its record may be another exchange's by now, which began later.
  const isSame =
    table.isAsking(enclosing, table.question(record)) &&
    (doubles[(enclosing >> 1) + queryDouble] ?? 0) <= (doubles[(record >> 1) + queryDouble] ?? 0);
  if (!isSame || !table.isAnswered(enclosing)) return Nesting.unknown;
  const server = record + enclosingAt;
  const isServers =
    isAddress(words, server, words, enclosing + firstAnswerAt) ||
    isAddress(words, server, words, enclosing + lastAnswerAt);
  if (!isServers) return Nesting.unknown;
  const isAfter =
    (doubles[(enclosing >> 1) + firstAnswerDouble] ?? 0) >= (doubles[(record >> 1) + firstAnswerDouble] ?? 0);
  return isAfter ? Nesting.answeredAfter : Nesting.answeredBefore;
}

function isSender(tuples: Int32Array, at: number, message: DnsMessage): boolean {
  return isAddress(tuples, at, message.addresses, 0);
}

function isAddress(words: Int32Array, at: number, others: Int32Array, otherAt: number): boolean {
  for (let i = 0; i < ADDRESS_WORDS; i++) if (words[at + i] !== others[otherAt + i]) return false;
  return true;
}

/** 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 §2.5.6). */
function isLinkLocal(words: Int32Array, at: number): boolean {
  return isIpv4Words(words, at) ? (words[at + 3] ?? 0) >>> 16 === 0xa9fe : (words[at] ?? 0) >>> 22 === 0xfe80 >>> 6;
}
