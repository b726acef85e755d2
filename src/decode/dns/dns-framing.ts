/** DNS messages as they stand in a TCP stream: each behind its length (RFC 1035 §4.2.2). */

/** Receives a message without its length prefix; `isWhole` is false when the capture cut it. */
export type MessageHandler = (view: DataView, start: number, end: number, isWhole: boolean) => void;

/** Bytes of length in front of each message (RFC 1035 §4.2.2). */
export const LENGTH_PREFIX = 2;
const DNS_HEADER = 12;
/** Name, type and class of the shortest question. */
const SHORTEST_MESSAGE = DNS_HEADER + 5;

/**
 * Whether a message with its length prefix can begin at `at`: one question, an opcode and a length that fit. Random
 * bytes pass once in some four million times.
 */
export function isMessageStart(view: DataView, at: number, end: number): boolean {
  if (end - at < LENGTH_PREFIX + DNS_HEADER) return false;
  if (view.getUint16(at) < SHORTEST_MESSAGE) return false;
  const header = at + LENGTH_PREFIX;
  const flags = view.getUint16(header + 2);
  const isQuery = (flags & 0x8000) === 0;
  if ((flags & 0x7840) !== 0 || view.getUint16(header + 4) !== 1) return false;
  return !isQuery || ((flags & 0x000f) === 0 && view.getUint16(header + 6) === 0);
}

/** Whether these bytes are messages from the first to the last. */
export function isWholeMessages(view: DataView, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (!isMessageStart(view, at, end)) return false;
    at += LENGTH_PREFIX + view.getUint16(at);
  }
  return at === end && start < end;
}

/** Hands over the whole messages at the front; answers how many bytes they took. */
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
