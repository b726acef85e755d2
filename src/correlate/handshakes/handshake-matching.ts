import { NO_RECORD } from "../../bounded/records.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import type { TcpSegment, UnreachableQuote } from "../../model/tcp-segment.ts";
import {
  comesFromDestination,
  hashSighting,
  isTuple,
  returnsToSource,
  type Sighting,
  sameDestination,
  sameSource,
} from "../../model/tuple.ts";
import { HandshakeLayout, HandshakeMark } from "./handshake-layout.ts";
import type { HandshakeTable } from "./handshake-table.ts";

const { sequenceAt, firstAt, lastAt, seenAt, seenCountAt, marksAt, dataEndAt } = HandshakeLayout;
const { hasData, isNumberShared } = HandshakeMark;

/**
 * Attempts with one sequence number that are looked at, newest first: chance makes two, a scan or a flood any number.
 * As many as a network card hands over at one time, before any of them goes on.
 */
export const MAX_SAME_NUMBER = 64;

/** Stands for no attempt where some have the number, but from another server or to another client. */
export const REFUSED = -1;

/** The attempt that was seen in this very form before; `newest` is the newest one with the SYN's number. */
export function findKnown(table: HandshakeTable, segment: TcpSegment, newest: number): number {
  const { words, byServer } = table;
  if (!table.hasMark(newest, isNumberShared)) return isKnown(words, newest, segment) ? newest : NO_RECORD;
  const { sequence, addresses } = segment;
  let looks = 0;
  let entry = byServer.first(sequence, addresses, ADDRESS_WORDS, segment.destinationPort);
  for (; entry !== NO_RECORD && looks < MAX_SAME_NUMBER; entry = byServer.next(entry)) {
    const record = byServer.attemptOf(entry);
    if (words[record + sequenceAt] !== sequence) continue;
    looks++;
    if (isKnown(words, record, segment)) return record;
  }
  return NO_RECORD;
}

function isKnown(words: Int32Array, record: number, segment: TcpSegment): boolean {
  if (isTuple(words, record + firstAt, segment) || isTuple(words, record + lastAt, segment)) return true;
  const count = words[record + seenCountAt] ?? 0;
  if (count < 2) return false;
  const hash = hashSighting(segment);
  for (let i = 0; i < count; i++) if (words[record + seenAt + i] === hash) return true;
  return false;
}

/**
 * The attempt that an answer belongs to: it comes from the server that was dialled, or that serves, and goes to the
 * client as one of both saw it. The answer that the client gets goes before one that is not yet translated back.
 */
export function findAnswered(table: HandshakeTable, answer: TcpSegment, acknowledged: number): number {
  const newest = table.newestWithNumber(acknowledged);
  if (newest === NO_RECORD && table.byServer.withData === 0) return NO_RECORD;
  const isOnly = newest !== NO_RECORD && !table.hasMark(newest, isNumberShared);
  if (isOnly && (isAnswerToClient(table, newest, answer) || isAnswerOnTheWay(table.words, newest, answer)))
    return newest;
  const found = isOnly && table.byServer.withData === 0 ? NO_RECORD : findAnsweredByServer(table, answer, acknowledged);
  return found === NO_RECORD && newest !== NO_RECORD ? REFUSED : found;
}

function findAnsweredByServer(table: HandshakeTable, answer: TcpSegment, acknowledged: number): number {
  const { words, byServer } = table;
  let found: number = NO_RECORD;
  let looks = 0;
  let entry = byServer.first(acknowledged, answer.addresses, 0, answer.sourcePort);
  for (; entry !== NO_RECORD && looks < MAX_SAME_NUMBER; entry = byServer.next(entry)) {
    const record = byServer.attemptOf(entry);
    if (!hasNumber(words, record, acknowledged)) continue;
    looks++;
    if (isAnswerToClient(table, record, answer)) return record;
    if (found === NO_RECORD && isAnswerOnTheWay(words, record, answer)) found = record;
  }
  return found;
}

/** Whether the answer carries the ends that the client dialled. */
export function isAnswerToClient({ words }: HandshakeTable, record: number, answer: Sighting): boolean {
  return returnsToSource(words, record + firstAt, answer) && comesFromDestination(words, record + firstAt, answer);
}

function isAnswerOnTheWay(words: Int32Array, record: number, answer: Sighting): boolean {
  const first = record + firstAt;
  const last = record + lastAt;
  return (
    (comesFromDestination(words, first, answer) || comesFromDestination(words, last, answer)) &&
    (returnsToSource(words, first, answer) || returnsToSource(words, last, answer))
  );
}

/**
 * The attempt whose SYN an error quotes. Its destination is the one that was dialled, or that serves; the source may be
 * any in between, for an error quotes a segment as it was sent, as it arrived, or half translated back.
 */
export function findQuoted(table: HandshakeTable, quote: UnreachableQuote): number {
  const { words, byServer } = table;
  const { sequence, addresses } = quote;
  const newest = table.newestWithNumber(sequence);
  if (newest === NO_RECORD) return NO_RECORD;
  if (!table.hasMark(newest, isNumberShared)) return isQuotedServer(words, newest, quote) ? newest : NO_RECORD;
  let found: number = NO_RECORD;
  let looks = 0;
  let entry = byServer.first(sequence, addresses, ADDRESS_WORDS, quote.destinationPort);
  for (; entry !== NO_RECORD && looks < MAX_SAME_NUMBER; entry = byServer.next(entry)) {
    const record = byServer.attemptOf(entry);
    if (words[record + sequenceAt] !== sequence) continue;
    looks++;
    if (!isQuotedServer(words, record, quote)) continue;
    if (sameSource(words, record + firstAt, quote) || sameSource(words, record + lastAt, quote)) return record;
    if (found === NO_RECORD) found = record;
  }
  return found;
}

function isQuotedServer(words: Int32Array, record: number, quote: UnreachableQuote): boolean {
  return sameDestination(words, record + firstAt, quote) || sameDestination(words, record + lastAt, quote);
}

function hasNumber(words: Int32Array, record: number, number: number): boolean {
  if (words[record + sequenceAt] === number) return true;
  return ((words[record + marksAt] ?? 0) & hasData) !== 0 && words[record + dataEndAt] === number;
}
