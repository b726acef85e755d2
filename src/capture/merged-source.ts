import type { Packet } from "../model/packet.ts";
import type { TimedSource } from "./later-source.ts";
import { emptyPacket, type PacketSource, type PacketSourceCounters } from "./packet-source.ts";

/**
 * Several recordings of one node as one, in time order; equal times in the order of `sources`.
 * A source that knows when it begins is read from then on, and each is closed at its end: those that follow each other are
 * open one after the other. A source that fails ends there, the others go on, and the first failure is thrown at the end.
 */
export function mergedSource(sources: readonly (PacketSource | TimedSource)[]): PacketSource {
  const [only] = sources;
  return only !== undefined && sources.length === 1 ? only : new MergedSource(sources);
}

/** A source with its next packet, read ahead. */
interface Head {
  readonly source: PacketSource;
  /** Place among the sources. */
  readonly place: number;
  readonly packet: Packet;
}

/** A source whose first packet is not read yet. */
interface Waiting {
  readonly source: PacketSource;
  readonly place: number;
  readonly firstMicros: number;
}

class MergedSource implements PacketSource {
  private readonly sources: readonly PacketSource[];
  private readonly heads: Head[] = [];
  /** The one that begins first stands last. */
  private readonly waiting: Waiting[];
  /** Its packet is out; its source moves on at the next call, since that voids the bytes. */
  private used: Head | null = null;
  private failure: { readonly error: unknown } | null = null;
  private packets = 0;

  constructor(sources: readonly PacketSource[]) {
    this.sources = sources;
    this.waiting = sources
      .map((source, place) => ({ source, place, firstMicros: beginOf(source) }))
      .sort((a, b) => b.firstMicros - a.firstMicros || b.place - a.place);
  }

  next(packet: Packet): boolean {
    if (this.used !== null && !this.advance(this.used)) this.heads.splice(this.heads.indexOf(this.used), 1);
    this.used = null;
    const earliest = this.earliest();
    if (earliest === undefined) {
      if (this.failure !== null) throw this.failure.error;
      return false;
    }
    const { bytes, offset, captureLength, length, timeMicros, linkType } = earliest.packet;
    packet.bytes = bytes;
    packet.offset = offset;
    packet.captureLength = captureLength;
    packet.length = length;
    packet.timeMicros = timeMicros;
    packet.linkType = linkType;
    this.used = earliest;
    this.packets++;
    return true;
  }

  get counters(): PacketSourceCounters {
    let bytesRead = 0;
    let totalBytes: number | null = 0;
    let isCut = false;
    let otherBlocks = 0;
    let badTimes = 0;
    for (const { counters } of this.sources) {
      bytesRead += counters.bytesRead;
      totalBytes = totalBytes === null || counters.totalBytes === null ? null : totalBytes + counters.totalBytes;
      isCut ||= counters.isCut;
      otherBlocks += counters.otherBlocks;
      badTimes += counters.badTimes;
    }
    return { packets: this.packets, bytesRead, totalBytes, isCut, otherBlocks, badTimes };
  }

  close(): void {
    for (const source of this.sources) source.close();
  }

  /** The head whose packet comes next, after those were opened that begin before it. */
  private earliest(): Head | undefined {
    for (;;) {
      let earliest: Head | undefined;
      for (const head of this.heads) if (earliest === undefined || isBefore(head, earliest)) earliest = head;
      const next = this.waiting.at(-1);
      if (next === undefined) return earliest;
      if (earliest !== undefined && earliest.packet.timeMicros < next.firstMicros) return earliest;
      this.waiting.pop();
      const head = { source: next.source, place: next.place, packet: emptyPacket() };
      if (this.advance(head)) this.heads.push(head);
    }
  }

  private advance(head: Head): boolean {
    try {
      if (head.source.next(head.packet)) return true;
    } catch (error) {
      this.failure ??= { error };
    }
    head.source.close();
    return false;
  }
}

/** When a source must be read from; one that does not know is read at once. */
function beginOf(source: PacketSource | TimedSource): number {
  return "firstMicros" in source ? source.firstMicros : Number.NEGATIVE_INFINITY;
}

function isBefore(a: Head, b: Head): boolean {
  return (
    a.packet.timeMicros < b.packet.timeMicros || (a.packet.timeMicros === b.packet.timeMicros && a.place < b.place)
  );
}
