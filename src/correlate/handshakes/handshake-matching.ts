import { NO_RECORD } from "../../bounded/records.ts";
import { ADDRESS_WORDS, isSameAddress } from "../../model/address.ts";
import type { TcpSegment, UnreachableQuote } from "../../model/tcp-segment.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import type { HandshakeTable } from "./handshake-table.ts";

const { isNumberShared } = HandshakeFlag;

/**
 * How many attempts with one sequence number are compared, newest first: as many as a network card delivers at once.
 * Two have the same number by chance; a scan or a flood can make any number of them.
 */
export const MAX_SAME_NUMBER = 64;

/** Returned in place of a record: attempts have the number, but with another server or another client. */
export const MISMATCH = -1;

/** The attempt that had a SYN with this tuple; `newest` is the newest attempt with the SYN's number. */
export function findKnown(table: HandshakeTable, segment: TcpSegment, newest: number): number {
  if (!table.hasFlag(newest, isNumberShared)) return table.hasTuple(newest, segment) ? newest : NO_RECORD;
  const { byServer } = table;
  const { sequence, addresses } = segment;
  let compared = 0;
  let entry = byServer.first(sequence, addresses, ADDRESS_WORDS, segment.destinationPort);
  for (; entry !== NO_RECORD && compared < MAX_SAME_NUMBER; entry = byServer.next(entry)) {
    const record = byServer.attemptOf(entry);
    if (table.sequence(record) !== sequence) continue;
    compared++;
    if (table.hasTuple(record, segment)) return record;
  }
  return NO_RECORD;
}

/**
 * The attempt that a SYN-ACK or RST belongs to: it comes from the server and goes to the client, before or after NAT.
 * An answer that reaches the client goes before one that NAT has yet to translate back.
 */
export function findAnswered(table: HandshakeTable, answer: TcpSegment, acknowledged: number): number {
  const newest = table.newestWithNumber(acknowledged);
  if (newest === NO_RECORD && table.byServer.withData === 0) return NO_RECORD;
  const isOnly = newest !== NO_RECORD && !table.hasFlag(newest, isNumberShared);
  if (isOnly && (table.tuples.isReplyToFirst(newest, answer) || isAnswerOnTheWay(table, newest, answer))) return newest;
  const found = isOnly && table.byServer.withData === 0 ? NO_RECORD : findAnsweredByServer(table, answer, acknowledged);
  return found === NO_RECORD && newest !== NO_RECORD ? MISMATCH : found;
}

function findAnsweredByServer(table: HandshakeTable, answer: TcpSegment, acknowledged: number): number {
  const { byServer } = table;
  let found: number = NO_RECORD;
  let compared = 0;
  let entry = byServer.first(acknowledged, answer.addresses, 0, answer.sourcePort);
  for (; entry !== NO_RECORD && compared < MAX_SAME_NUMBER; entry = byServer.next(entry)) {
    const record = byServer.attemptOf(entry);
    if (!table.isAcknowledgedBy(record, acknowledged)) continue;
    compared++;
    if (table.tuples.isReplyToFirst(record, answer)) return record;
    if (found === NO_RECORD && isAnswerOnTheWay(table, record, answer)) found = record;
  }
  return found;
}

function isAnswerOnTheWay({ tuples }: HandshakeTable, record: number, answer: TcpSegment): boolean {
  return tuples.isFromDestination(record, answer) && tuples.isToSource(record, answer);
}

/**
 * The attempt whose SYN an ICMP error quotes. Its destination is the server before or after NAT. Its source may be any,
 * since an error quotes a packet as it was sent, as it arrived, or partly translated back; a known source is preferred.
 */
export function findQuoted(table: HandshakeTable, quote: UnreachableQuote): number {
  const { tuples, byServer } = table;
  const { sequence, addresses } = quote;
  const newest = table.newestWithNumber(sequence);
  if (newest === NO_RECORD) return NO_RECORD;
  if (!table.hasFlag(newest, isNumberShared)) return tuples.hasDestination(newest, quote) ? newest : NO_RECORD;
  let found: number = NO_RECORD;
  let compared = 0;
  let entry = byServer.first(sequence, addresses, ADDRESS_WORDS, quote.destinationPort);
  for (; entry !== NO_RECORD && compared < MAX_SAME_NUMBER; entry = byServer.next(entry)) {
    const record = byServer.attemptOf(entry);
    if (table.sequence(record) !== sequence) continue;
    compared++;
    if (!tuples.hasDestination(record, quote)) continue;
    if (tuples.hasSource(record, quote)) return record;
    if (found === NO_RECORD) found = record;
  }
  return found;
}

/**
 * The only attempt with the number, if the answer goes to its client or comes from it, and no sighting shows that its SYN was
 * translated: a translation may be unseen. `acknowledged`: the number that the answer acknowledges.
 */
export function findOtherwiseAnswered(table: HandshakeTable, answer: TcpSegment, acknowledged: number): number {
  const record = table.newestWithNumber(acknowledged);
  if (record === NO_RECORD || table.hasFlag(record, isNumberShared)) return NO_RECORD;
  if (table.tupleCount(record) !== 1) return NO_RECORD;
  return table.tuples.isToSource(record, answer) || isOfClient(table, record, answer) ? record : NO_RECORD;
}

const client = new Int32Array(ADDRESS_WORDS);

/** Whether the client dialed itself, through a Service: the translation then hides its address, and keeps its port. */
function isOfClient({ tuples }: HandshakeTable, record: number, answer: TcpSegment): boolean {
  if (answer.destinationPort !== tuples.firstSourcePort(record)) return false;
  tuples.copyFirstSource(record, client, 0);
  return isSameAddress(client, 0, answer.addresses, 0);
}
