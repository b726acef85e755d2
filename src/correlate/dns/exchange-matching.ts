import type { DnsMessage } from "../../model/dns-message.ts";
import { Direction } from "../../model/packet.ts";
import { comesFromDestination, returnsToSource, sameDestination, sameSource } from "../../model/tuple.ts";
import { DNS_COPY_MICROS, TRANSIT_MICROS } from "../../model/waiting-times.ts";
import { ExchangeLayout } from "./exchange-layout.ts";
import type { ExchangeTable } from "./exchange-table.ts";

/**
 * Which messages belong together. Anybody can send an answer to anybody, so an answer counts only where it goes back the
 * way its question came: to an end that a sighting of the question had as source, from an end that one had as
 * destination. NAT changes both, so any sighting of the question may give either.
 */
const { fingerprintAt, lastCopyDouble, firstQueryAt, lastQueryAt, firstAnswerAt, lastAnswerAt } = ExchangeLayout;

/** How a further sighting of an open query is known. */
export const QueryCopy = { none: 0, masqueraded: 1, sameSource: 2 } as const;
export type QueryCopy = (typeof QueryCopy)[keyof typeof QueryCopy];

/**
 * Whether the query is a further sighting of the open one: the same bytes from the same end. One that has only its
 * server in common has been masqueraded, so it goes out: what comes in is another client's.
 */
export function matchQueryCopy(table: ExchangeTable, record: number, message: DnsMessage): QueryCopy {
  if (!isSameMessage(table, record, message)) return QueryCopy.none;
  const { words } = table;
  const [first, last] = [record + firstQueryAt, record + lastQueryAt];
  if (sameSource(words, last, message) || sameSource(words, first, message)) return QueryCopy.sameSource;
  if (message.direction === Direction.incoming) return QueryCopy.none;
  return sameDestination(words, last, message) || sameDestination(words, first, message)
    ? QueryCopy.masqueraded
    : QueryCopy.none;
}

/** Whether the query was sent by who got the answer at `record`, to who gave it: it was answered before it was seen. */
export function isLateQuery(table: ExchangeTable, record: number, message: DnsMessage): boolean {
  const { words } = table;
  const [first, last] = [record + firstAnswerAt, record + lastAnswerAt];
  return (
    table.isAsking(record, message.question) &&
    (comesFromDestination(words, last, message) || comesFromDestination(words, first, message)) &&
    (returnsToSource(words, last, message) || returnsToSource(words, first, message))
  );
}

/** Whether the answer goes to who asked the question at `record`. */
export function goesToAsker(table: ExchangeTable, record: number, message: DnsMessage): boolean {
  const { words } = table;
  return (
    table.isAsking(record, message.question) &&
    (returnsToSource(words, record + lastQueryAt, message) || returnsToSource(words, record + firstQueryAt, message))
  );
}

/** Whether the answer comes from whom the question at `record` was sent to. */
export function comesFromAsked(table: ExchangeTable, record: number, message: DnsMessage): boolean {
  const { words } = table;
  return (
    comesFromDestination(words, record + lastQueryAt, message) ||
    comesFromDestination(words, record + firstQueryAt, message) ||
    table.hasOtherServer(record, message)
  );
}

/** Whether the answer is a further sighting of one to which no question is known: same bytes, one end as before. */
export function isAnswerCopy(table: ExchangeTable, record: number, message: DnsMessage): boolean {
  if (!isSameMessage(table, record, message)) return false;
  const { words } = table;
  const [first, last] = [record + firstAnswerAt, record + lastAnswerAt];
  return (
    sameSource(words, last, message) ||
    sameSource(words, first, message) ||
    sameDestination(words, last, message) ||
    sameDestination(words, first, message)
  );
}

/** Whether the answer is the one that the exchange at `record` has just had, from whom was asked, to whomever it goes. */
export function isPassing(table: ExchangeTable, record: number, message: DnsMessage): boolean {
  return (
    table.isAnswered(record) &&
    isSameMessage(table, record, message) &&
    message.timeMicros - (table.doubles[(record >> 1) + lastCopyDouble] ?? 0) <= TRANSIT_MICROS &&
    comesFromAsked(table, record, message)
  );
}

/** Whether the message has the bytes of the last that came for the exchange, and comes soon after it. */
export function isSameMessage({ words, doubles }: ExchangeTable, record: number, message: DnsMessage): boolean {
  return (
    words[record + fingerprintAt] === message.fingerprint &&
    message.timeMicros - (doubles[(record >> 1) + lastCopyDouble] ?? 0) <= DNS_COPY_MICROS
  );
}
