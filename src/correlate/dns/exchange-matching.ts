import type { DnsMessage } from "../../model/dns-message.ts";
import { Direction } from "../../model/packet.ts";
import { DNS_COPY_MICROS, HELD_PACKET_MICROS, TRANSIT_MICROS } from "../../model/waiting-times.ts";
import { ExchangeFlag, type ExchangeRecords } from "./exchange-records.ts";
import type { ExchangeTable } from "./exchange-table.ts";

/**
 * Which messages belong to one exchange. Any host can send an answer to any other, so an answer counts only if it goes
 * back the way the query came: to the source of a sighting of the query, from the destination of a sighting. NAT
 * changes both, so these may be two sightings.
 */

/** How a query matches an open exchange as a further sighting. */
export const QueryMatch = { none: 0, masqueraded: 1, sameSource: 2 } as const;
export type QueryMatch = (typeof QueryMatch)[keyof typeof QueryMatch];

/**
 * Whether the query is a further sighting of the query at `record`: the same bytes from the same source. A sighting
 * with only the server in common was masqueraded, so it is not incoming; an incoming one is another client's query.
 */
export function matchQuery(
  table: ExchangeRecords,
  record: number,
  message: DnsMessage,
  maxMicros = DNS_COPY_MICROS,
): QueryMatch {
  if (!table.isRepeated(record, message, maxMicros)) return QueryMatch.none;
  const { queries } = table;
  if (queries.hasSource(record, message)) return QueryMatch.sameSource;
  if (message.direction === Direction.incoming) return QueryMatch.none;
  return queries.hasDestination(record, message) ? QueryMatch.masqueraded : QueryMatch.none;
}

/** Whether the query is that of `record`, which has only arrived, if the node held it until it left. */
export function isHeldQuery(table: ExchangeRecords, record: number, message: DnsMessage): boolean {
  const hasOnlyArrived =
    (table.flags(record) & (ExchangeFlag.isArrived | ExchangeFlag.hasLeft)) === ExchangeFlag.isArrived;
  if (message.direction !== Direction.outgoing || !hasOnlyArrived) return false;
  return matchQuery(table, record, message, HELD_PACKET_MICROS) !== QueryMatch.none;
}

/** Whether the answer at `record` answers this query, which was captured after it. */
export function isLateQuery(table: ExchangeTable, record: number, message: DnsMessage): boolean {
  const { answers } = table;
  return (
    table.hasQuestion(record, message.question) &&
    answers.isFromDestination(record, message) &&
    answers.isToSource(record, message)
  );
}

/** Whether the answer goes to the client that sent the query at `record`. */
export function isToClient(table: ExchangeTable, record: number, message: DnsMessage): boolean {
  return table.hasQuestion(record, message.question) && table.queries.isToSource(record, message);
}

/** Whether the answer comes from a server that the query at `record` was sent to. */
export function isFromServer(table: ExchangeRecords, record: number, message: DnsMessage): boolean {
  return table.queries.isFromDestination(record, message) || table.otherServers.isSender(record, message);
}

/** Whether the answer is a further sighting of an answer without a query: the same bytes, and one end in common. */
export function isSameAnswer(table: ExchangeRecords, record: number, message: DnsMessage): boolean {
  const { answers } = table;
  return (
    table.isRepeated(record, message, DNS_COPY_MICROS) &&
    (answers.hasSource(record, message) || answers.hasDestination(record, message))
  );
}

/** Whether the answer is the one that the exchange at `record` has just got, in transit to any host. */
export function isInTransit(table: ExchangeRecords, record: number, message: DnsMessage): boolean {
  return (
    table.isAnswered(record) &&
    table.isRepeated(record, message, TRANSIT_MICROS) &&
    isFromServer(table, record, message)
  );
}
