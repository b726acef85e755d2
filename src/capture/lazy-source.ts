import type { Packet } from "../model/packet.ts";
import { emptyPacket, type PacketSource, type PacketSourceCounters } from "./packet-source.ts";

/** A source with the time of its first packet. It opens its file at the first `next`. */
export interface TimedSource extends PacketSource {
  /** `-Infinity` where the file has no packet or the first one cannot be read: then it is read at once. */
  readonly firstMicros: number;
}

/**
 * Opens a file to read the time of its first packet, closes it, and opens it again at the first `next`: the recordings of a
 * day can be thousands of files. A pipe, which can be opened only once, stays open. Throws what `open` throws.
 */
export function lazySource(open: () => PacketSource): PacketSource | TimedSource {
  const source = open();
  if (source.counters.totalBytes === null) return source;
  const firstMicros = firstOf(source);
  source.close();
  return new LazySource(open, firstMicros, source.counters.totalBytes);
}

function firstOf(source: PacketSource): number {
  const packet = emptyPacket();
  try {
    return source.next(packet) ? packet.timeMicros : Number.NEGATIVE_INFINITY;
  } catch {
    // The next read fails too, and reports it.
    return Number.NEGATIVE_INFINITY;
  }
}

class LazySource implements TimedSource {
  readonly firstMicros: number;
  readonly #open: () => PacketSource;
  readonly #totalBytes: number;
  #source: PacketSource | null = null;
  #isClosed = false;

  constructor(open: () => PacketSource, firstMicros: number, totalBytes: number) {
    this.#open = open;
    this.firstMicros = firstMicros;
    this.#totalBytes = totalBytes;
  }

  next(packet: Packet): boolean {
    if (this.#isClosed) return false;
    this.#source ??= this.#open();
    return this.#source.next(packet);
  }

  get counters(): PacketSourceCounters {
    const nothing = { packets: 0, bytesRead: 0, isTruncated: false, otherBlocks: 0, badTimes: 0 };
    return this.#source?.counters ?? { ...nothing, totalBytes: this.#totalBytes };
  }

  close(): void {
    this.#isClosed = true;
    this.#source?.close();
  }
}
