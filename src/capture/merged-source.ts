import type { Packet } from "../model/packet.ts";
import type { TimedSource } from "./lazy-source.ts";
import { emptyPacket, type PacketSource, type PacketSourceCounters } from "./packet-source.ts";

/**
 * Merges several recordings of one node in time order; equal times in the order of `sources`.
 * A source that has the time of its first packet is opened at that time, and each is closed at its end, so consecutive
 * recordings are open one after the other. A source that fails ends there, the others are read to their end, and the first
 * error is thrown after that.
 */
export function mergedSource(sources: readonly (PacketSource | TimedSource)[]): PacketSource {
  const [only] = sources;
  return only !== undefined && sources.length === 1 ? only : new MergedSource(sources);
}

/** A source and its next packet, which is read ahead. */
interface Head {
  readonly source: PacketSource;
  /** Place among the sources. */
  readonly place: number;
  readonly packet: Packet;
}

/** A source whose first packet has not been read. */
interface Waiting {
  readonly source: PacketSource;
  readonly place: number;
  readonly firstMicros: number;
}

class MergedSource implements PacketSource {
  readonly #sources: readonly PacketSource[];
  readonly #heads: Head[] = [];
  /** The source that begins first is the last element. */
  readonly #waiting: Waiting[];
  /** The head whose packet was returned last. It advances at the next call, because that invalidates the bytes. */
  #used: Head | null = null;
  #failure: { readonly error: unknown } | null = null;
  #packets = 0;

  constructor(sources: readonly PacketSource[]) {
    this.#sources = sources;
    this.#waiting = sources
      .map((source, place) => ({ source, place, firstMicros: startOf(source) }))
      .sort((a, b) => b.firstMicros - a.firstMicros || b.place - a.place);
  }

  next(packet: Packet): boolean {
    if (this.#used !== null && !this.#advance(this.#used)) this.#heads.splice(this.#heads.indexOf(this.#used), 1);
    this.#used = null;
    const earliest = this.#earliest();
    if (earliest === undefined) {
      if (this.#failure !== null) throw this.#failure.error;
      return false;
    }
    const { bytes, offset, captureLength, length, timeMicros, linkType } = earliest.packet;
    packet.bytes = bytes;
    packet.offset = offset;
    packet.captureLength = captureLength;
    packet.length = length;
    packet.timeMicros = timeMicros;
    packet.linkType = linkType;
    this.#used = earliest;
    this.#packets++;
    return true;
  }

  get counters(): PacketSourceCounters {
    let bytesRead = 0;
    let totalBytes: number | null = 0;
    let isTruncated = false;
    let otherBlocks = 0;
    let badTimes = 0;
    for (const { counters } of this.#sources) {
      bytesRead += counters.bytesRead;
      totalBytes = totalBytes === null || counters.totalBytes === null ? null : totalBytes + counters.totalBytes;
      isTruncated ||= counters.isTruncated;
      otherBlocks += counters.otherBlocks;
      badTimes += counters.badTimes;
    }
    return { packets: this.#packets, bytesRead, totalBytes, isTruncated, otherBlocks, badTimes };
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }

  /** The head with the earliest packet, after opening the sources that begin before it. */
  #earliest(): Head | undefined {
    for (;;) {
      let earliest: Head | undefined;
      for (const head of this.#heads) if (earliest === undefined || isBefore(head, earliest)) earliest = head;
      const next = this.#waiting.at(-1);
      if (next === undefined) return earliest;
      if (earliest !== undefined && earliest.packet.timeMicros < next.firstMicros) return earliest;
      this.#waiting.pop();
      const head = { source: next.source, place: next.place, packet: emptyPacket() };
      if (this.#advance(head)) this.#heads.push(head);
    }
  }

  #advance(head: Head): boolean {
    try {
      if (head.source.next(head.packet)) return true;
    } catch (error) {
      this.#failure ??= { error };
    }
    head.source.close();
    return false;
  }
}

/** The time from which a source must be read; `-Infinity` where it is unknown. */
function startOf(source: PacketSource | TimedSource): number {
  return "firstMicros" in source ? source.firstMicros : Number.NEGATIVE_INFINITY;
}

function isBefore(a: Head, b: Head): boolean {
  return (
    a.packet.timeMicros < b.packet.timeMicros || (a.packet.timeMicros === b.packet.timeMicros && a.place < b.place)
  );
}
