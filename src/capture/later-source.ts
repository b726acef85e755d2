import type { Packet } from "../model/packet.ts";
import { emptyPacket, type PacketSource, type PacketSourceCounters } from "./packet-source.ts";

/** A source that knows the time of its first packet before it is read: until then it holds nothing open. */
export interface TimedSource extends PacketSource {
  /** `-Infinity` where it has no first packet, or fails at it: to be read at once, and be over. */
  readonly firstMicros: number;
}

/**
 * A file that is opened to see when it begins, and again when its time has come: recordings of a day are thousands of
 * files. What can be opened only once (a pipe) stays open. Throws what `open` throws.
 */
export function laterSource(open: () => PacketSource): PacketSource | TimedSource {
  const source = open();
  if (source.counters.totalBytes === null) return source;
  const firstMicros = firstOf(source);
  source.close();
  return new LaterSource(open, firstMicros, source.counters.totalBytes);
}

function firstOf(source: PacketSource): number {
  const packet = emptyPacket();
  try {
    return source.next(packet) ? packet.timeMicros : Number.NEGATIVE_INFINITY;
  } catch {
    // It will fail again, where that is said.
    return Number.NEGATIVE_INFINITY;
  }
}

class LaterSource implements TimedSource {
  readonly firstMicros: number;
  private readonly open: () => PacketSource;
  private readonly totalBytes: number;
  private source: PacketSource | null = null;
  private isClosed = false;

  constructor(open: () => PacketSource, firstMicros: number, totalBytes: number) {
    this.open = open;
    this.firstMicros = firstMicros;
    this.totalBytes = totalBytes;
  }

  next(packet: Packet): boolean {
    if (this.isClosed) return false;
    this.source ??= this.open();
    return this.source.next(packet);
  }

  get counters(): PacketSourceCounters {
    const nothing = { packets: 0, bytesRead: 0, isCut: false, otherBlocks: 0, badTimes: 0 };
    return this.source?.counters ?? { ...nothing, totalBytes: this.totalBytes };
  }

  close(): void {
    this.isClosed = true;
    this.source?.close();
  }
}
