/** A terminal on the way (kubectl exec -t, ssh -t) puts a carriage return before each line feed of a capture. */
import { pcapByteOrder } from "./pcap-reader.ts";
import { MAX_CAPTURE_LENGTH } from "./record-reader.ts";

const CR = 13;
const LF = 10;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MODIFIED_MAGIC = 0xa1b2cd34;
/** Packets of one capture lie no further apart. */
const MAX_SECONDS_APART = 366 * 86_400;

/**
 * Whether the first bytes of a pcap file are what a terminal makes of one: no line feed stands alone, its records do not
 * follow each other, and without the carriage returns they do. Looks no further than a first line feed that stands alone.
 */
export function hasTerminalLineEnds(head: Uint8Array): boolean {
  let at = head.indexOf(LF);
  if (at < 0) return false;
  for (; at >= 0; at = head.indexOf(LF, at + 1)) if (head[at - 1] !== CR) return false;
  return !isWalkable(head) && isWalkable(withoutReturns(head));
}

function withoutReturns(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, at) => byte !== CR || bytes[at + 1] !== LF);
}

/** Whether each record's header says what one can say, up to the end of the bytes. */
function isWalkable(bytes: Uint8Array): boolean {
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
