/** DNS messages in a TCP stream, each with a length prefix (RFC 1035 §4.2.2). */

import {
  ANSWER_COUNT_AT,
  DNS_HEADER,
  FLAGS_AT,
  OPCODE,
  QUESTION_COUNT_AT,
  RCODE,
  RESERVED,
  RESPONSE,
} from "./dns-header.ts";

/** Receives a message without its length prefix; `isWhole` is false if the capture truncated it. */
export type MessageHandler = (view: DataView, start: number, end: number, isWhole: boolean) => void;

export const LENGTH_PREFIX = 2;
/** Name, type and class of the shortest question. */
const SHORTEST_MESSAGE = DNS_HEADER + 5;

/**
 * Whether a message with its length prefix can begin at `at`: one question, a valid opcode and length. About one of four
 * million random byte sequences passes.
 */
export function isMessageStart(view: DataView, at: number, end: number): boolean {
  if (end - at < LENGTH_PREFIX + DNS_HEADER) return false;
  if (view.getUint16(at) < SHORTEST_MESSAGE) return false;
  const header = at + LENGTH_PREFIX;
  const flags = view.getUint16(header + FLAGS_AT);
  const isQuery = (flags & RESPONSE) === 0;
  if ((flags & (OPCODE | RESERVED)) !== 0 || view.getUint16(header + QUESTION_COUNT_AT) !== 1) return false;
  return !isQuery || ((flags & RCODE) === 0 && view.getUint16(header + ANSWER_COUNT_AT) === 0);
}

/** Whether these bytes are a sequence of whole messages. */
export function isWholeMessages(view: DataView, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (!isMessageStart(view, at, end)) return false;
    at += LENGTH_PREFIX + view.getUint16(at);
  }
  return at === end && start < end;
}

/** Delivers the whole messages at the start; returns their length in bytes. */
export function deliverWhole(view: DataView, start: number, end: number, deliver: MessageHandler): number {
  let at = start;
  while (end - at >= LENGTH_PREFIX) {
    const next = at + LENGTH_PREFIX + view.getUint16(at);
    if (next > end) break;
    deliver(view, at + LENGTH_PREFIX, next, true);
    at = next;
  }
  return at - start;
}
