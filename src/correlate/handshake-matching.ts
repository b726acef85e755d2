import type { TcpSegment, UnreachableQuote } from "../model/tcp-segment.ts";
import { HandshakeLayout, HandshakeMark, type HandshakeTable } from "./handshake-table.ts";
import { comesFromDestination, returnsToSource, type Sighting, sameDestination, sameSource } from "./tuple.ts";

const { firstAt, lastAt, timestampAt, marksAt } = HandshakeLayout;
const { hasTimestamp } = HandshakeMark;

/**
 * What a sighting must have in common with the attempt at `record`, besides the sequence number: that alone would join
 * strangers hundreds of times an hour at 20,000 connections a second.
 */

/** One more equality with the leg before, or with the round's first one where that was lost. */
export function isLeg(table: HandshakeTable, record: number, segment: TcpSegment): boolean {
  const { words } = table;
  const roundLast = table.roundLast(record);
  return (
    sameSource(words, roundLast, segment) ||
    sameDestination(words, roundLast, segment) ||
    sameSource(words, table.roundFirst(record), segment) ||
    (segment.hasTimestamp &&
      ((words[record + marksAt] ?? 0) & hasTimestamp) !== 0 &&
      words[record + timestampAt] === segment.timestampValue)
  );
}

/** What an answer has in common with an attempt: one end is enough, for it may be translated back at one only. */
export const AnswerMatch = { none: 0, oneEnd: 1, bothEnds: 2 } as const;
export type AnswerMatch = (typeof AnswerMatch)[keyof typeof AnswerMatch];
const { none, oneEnd, bothEnds } = AnswerMatch;

/** `bothEnds` are those that the client dialled: the answer that it gets. */
export function matchAnswer({ words }: HandshakeTable, record: number, sighting: Sighting): AnswerMatch {
  const first = record + firstAt;
  const last = record + lastAt;
  const toClient = returnsToSource(words, first, sighting);
  const fromDialled = comesFromDestination(words, first, sighting);
  if (toClient && fromDialled) return bothEnds;
  const isAnswer =
    toClient || fromDialled || returnsToSource(words, last, sighting) || comesFromDestination(words, last, sighting);
  return isAnswer ? oneEnd : none;
}

/** One end at least: an error quotes the segment as it was sent, as it arrived, or as it was in between. */
export function isQuoted({ words }: HandshakeTable, record: number, quote: UnreachableQuote): boolean {
  return (
    sameSource(words, record + firstAt, quote) ||
    sameDestination(words, record + firstAt, quote) ||
    sameSource(words, record + lastAt, quote) ||
    sameDestination(words, record + lastAt, quote)
  );
}
