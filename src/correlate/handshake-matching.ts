import type { TcpSegment, UnreachableQuote } from "../model/tcp-segment.ts";
import type { HandshakeTable } from "./handshake-table.ts";
import {
  comesFromDestination,
  returnsToSource,
  type Sighting,
  sameDestination,
  sameSource,
  TUPLE_WORDS,
} from "./tuple.ts";

/**
 * What a sighting must have in common with the attempt at `slot`, besides the sequence number: that alone would join
 * strangers hundreds of times an hour at 20,000 connections a second.
 */

/** One more equality with the leg before, or with the round's first one where that was lost. */
export function isLeg(table: HandshakeTable, slot: number, segment: TcpSegment): boolean {
  const at = slot * TUPLE_WORDS;
  return (
    sameSource(table.roundLastTuples, at, segment) ||
    sameDestination(table.roundLastTuples, at, segment) ||
    sameSource(table.roundFirstTuples, at, segment) ||
    (segment.hasTimestamp && table.hasTimestamp[slot] === 1 && table.timestampValue[slot] === segment.timestampValue)
  );
}

/** One end at least: an answer may be translated back at one only. */
export function isAnswerTo(table: HandshakeTable, slot: number, sighting: Sighting): boolean {
  const { firstTuples, lastTuples } = table;
  const at = slot * TUPLE_WORDS;
  return (
    returnsToSource(firstTuples, at, sighting) ||
    comesFromDestination(firstTuples, at, sighting) ||
    returnsToSource(lastTuples, at, sighting) ||
    comesFromDestination(lastTuples, at, sighting)
  );
}

/** One end at least: an error quotes the segment as it was sent, as it arrived, or as it was in between. */
export function isQuoted(table: HandshakeTable, slot: number, quote: UnreachableQuote): boolean {
  const { firstTuples, lastTuples } = table;
  const at = slot * TUPLE_WORDS;
  return (
    sameSource(firstTuples, at, quote) ||
    sameDestination(firstTuples, at, quote) ||
    sameSource(lastTuples, at, quote) ||
    sameDestination(lastTuples, at, quote)
  );
}
