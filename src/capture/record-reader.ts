import type { Packet } from "../model/packet.ts";

/** Walks the records of one capture format over a window of bytes; pure but for what the window reads. */
export interface RecordReader {
  /** As `PacketSource.next`. */
  next(packet: Packet): boolean;
  readonly packets: number;
  readonly isCut: boolean;
  readonly otherBlocks: number;
  /** As in `PacketSourceCounters`. */
  readonly badTimes: number;
}

/** libpcap's MAXIMUM_SNAPLEN: a longer record is no packet but damage. */
export const MAX_CAPTURE_LENGTH = 262_144;

/** Room for the longest record with its header and options. */
export const WINDOW_BYTES = 1 << 20;
