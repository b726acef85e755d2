import { TcpFlag, type TcpSegment } from "../../model/tcp-segment.ts";
import { type Datagram, missingBytes } from "./datagram.ts";
import type { IgnoredReason } from "./decode-counters.ts";

const TCP_HEADER = 20;
const { syn: SYN, ack: ACK } = TcpFlag;

/** TCP option kinds: https://www.iana.org/assignments/tcp-parameters */
const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_TIMESTAMP = 8;

/**
 * Reads the TCP header at `start` into the segment and moves `start` to the payload (RFC 9293 §3.1).
 * Window, length and timestamp are read only for a SYN: they identify the same SYN before and after NAT.
 */
export function readTcp(datagram: Datagram, segment: TcpSegment): IgnoredReason | null {
  const { view, start, end } = datagram;
  if (end - start < TCP_HEADER) return missingBytes(datagram);
  const headerLength = (view.getUint8(start + 12) >>> 4) << 2;
  const payloadLength = datagram.wireEnd - start - headerLength;
  if (headerLength < TCP_HEADER || payloadLength < 0) return "malformed";
  segment.sourcePort = view.getUint16(start);
  segment.destinationPort = view.getUint16(start + 2);
  segment.sequence = view.getInt32(start + 4);
  segment.acknowledgement = view.getInt32(start + 8);
  segment.flags = view.getUint8(start + 13);
  segment.payloadLength = payloadLength;
  segment.hasTimestamp = false;
  const payload = start + headerLength;
  if ((segment.flags & (SYN | ACK)) === SYN) {
    segment.stackShape = (headerLength << 16) | view.getUint16(start + 14);
    readTimestamp(view, start + TCP_HEADER, Math.min(payload, end), segment);
  }
  datagram.start = payload;
  return null;
}

function readTimestamp(view: DataView, start: number, end: number, segment: TcpSegment): void {
  let at = start;
  while (at < end) {
    const kind = view.getUint8(at);
    if (kind === OPTION_NOTHING) {
      at += 1;
      continue;
    }
    if (kind === OPTION_END || end - at < 2) return;
    const length = view.getUint8(at + 1);
    if (length < 2) return;
    if (kind === OPTION_TIMESTAMP) {
      if (length !== 10 || end - at < 10) return;
      segment.timestampValue = view.getInt32(at + 2);
      segment.hasTimestamp = true;
      return;
    }
    at += length;
  }
}
