import type { Packet } from "../model/packet.ts";

/** Reads the records of one capture format from a window of bytes. */
export interface RecordReader {
  /** As `PacketSource.next`. */
  next(packet: Packet): boolean;
  readonly packets: number;
  readonly isTruncated: boolean;
  readonly otherBlocks: number;
  /** As in `PacketSourceCounters`. */
  readonly badTimes: number;
}

/** libpcap's MAXIMUM_SNAPLEN: a longer record is damage. */
export const MAX_CAPTURE_LENGTH = 262_144;

/** Fits the longest record with its header and options. */
export const WINDOW_BYTES = 1 << 20;
