// capture is the first stage: it hands frames (Packet) to decode, from a file or from a live device.
// It knows no protocol layer above the record; the link-layer header goes on unread.
// Files are pulled through this interface at the reader's own speed; a live device pushes (live-source.ts).

import type { Packet } from "../model/packet.ts";

/** How far a source has come; numbers only grow. */
export interface PacketSourceCounters {
  /** Frames handed over. */
  readonly packets: number;
  /** Bytes taken from the file as it lies on disk (compressed where it is compressed). */
  readonly bytesRead: number;
  /** Size of the file, for a progress bar; null where it cannot be known (a pipe). */
  readonly totalBytes: number | null;
  /** The file ends inside a record: what stood before was handed over. */
  readonly isCut: boolean;
  /** Frames whose time is beyond any date: they have that of the frame before, or are left out where there is none. */
  readonly badTimes: number;
  /** pcapng blocks that hold no packet (name resolution, statistics, secrets, custom). */
  readonly otherBlocks: number;
}

/** Frames of a recording, one after the other. */
export interface PacketSource {
  /**
   * Fills `packet` with the next frame; false at the end. The bytes stay valid until the next call.
   * Throws `CaptureError` where the file cannot be read on; all that stood before was handed over by then.
   */
  next(packet: Packet): boolean;
  readonly counters: PacketSourceCounters;
  /** Idempotent. */
  close(): void;
}

/** A packet for a source to fill. */
export function emptyPacket(): Packet {
  return { bytes: new Uint8Array(0), offset: 0, captureLength: 0, length: 0, timeMicros: 0, linkType: 0 };
}
