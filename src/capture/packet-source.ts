// capture is the first stage: it passes frames (Packet) to decode, from a file or from a live device.
// It reads records and no protocol layer, not even the link layer.
// A file is read through this interface at the speed of the reader; a live device calls a handler (live-source.ts).

import type { Packet } from "../model/packet.ts";

/** Progress of a source. Numbers only grow. */
export interface PacketSourceCounters {
  /** Frames returned. */
  readonly packets: number;
  /** Bytes read from the file as it is on disk, compressed or not. */
  readonly bytesRead: number;
  /** Size of the file, for a progress bar; null for a pipe. */
  readonly totalBytes: number | null;
  /** The file ends inside a record or a gzip member; every frame before that was returned. */
  readonly isTruncated: boolean;
  /** Frames whose timestamp is out of range. They get that of the previous frame; without one they are left out. */
  readonly badTimes: number;
  /** pcapng blocks without a packet (name resolution, statistics, secrets, custom). */
  readonly otherBlocks: number;
}

/** The frames of a recording, one by one. */
export interface PacketSource {
  /**
   * Fills in `packet` with the next frame; false at the end. The bytes are valid until the next call.
   * Throws `CaptureError` where the rest of the file cannot be read; every frame before that was returned.
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
