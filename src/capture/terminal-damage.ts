/** Detects a capture that passed a terminal (kubectl exec -t, ssh -t), which adds a carriage return to each line feed. */
import { pcapByteOrder } from "./pcap-reader.ts";
import { MAX_CAPTURE_LENGTH } from "./record-reader.ts";

const CR = 13;
const LF = 10;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MODIFIED_MAGIC = 0xa1b2cd34;
/** Longest time between the first and any other packet of a capture. */
const MAX_SECONDS_APART = 366 * 86_400;

/**
 * Whether the first bytes of a pcap file passed a terminal: each line feed has a carriage return, the record headers are
 * invalid, and without the carriage returns they are valid. Returns at the first line feed without a carriage return.
 */
export function hasTerminalLineEndings(head: Uint8Array): boolean {
  let at = head.indexOf(LF);
  if (at < 0) return false;
  for (; at >= 0; at = head.indexOf(LF, at + 1)) if (head[at - 1] !== CR) return false;
  return !hasValidRecords(head) && hasValidRecords(withoutReturns(head));
}

function withoutReturns(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, at) => byte !== CR || bytes[at + 1] !== LF);
}

/** Whether each record header in the bytes has plausible values. */
function hasValidRecords(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < FILE_HEADER_BYTES) return false;
  const isLittle = pcapByteOrder(view, 0) === "little";
  const headerBytes = RECORD_HEADER_BYTES + (view.getUint32(0, isLittle) === MODIFIED_MAGIC ? 8 : 0);
  let first: number | null = null;
  for (let at = FILE_HEADER_BYTES; at + headerBytes <= bytes.length; ) {
    const [seconds, fraction, captured, length] = [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, isLittle));
    if (seconds === undefined || fraction === undefined || captured === undefined || length === undefined) return false;
    first ??= seconds;
    if (fraction >= 1e9 || captured > MAX_CAPTURE_LENGTH || length > MAX_CAPTURE_LENGTH) return false;
    if (Math.abs(seconds - first) > MAX_SECONDS_APART) return false;
    at += headerBytes + captured;
  }
  return true;
}
