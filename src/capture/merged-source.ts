import type { Packet } from "../model/packet.ts";
import { emptyPacket, type PacketSource, type PacketSourceCounters } from "./packet-source.ts";

/**
 * Several recordings of one node as one, in time order; equal times in the order of `sources`.
 * A source that fails ends there, the others go on, and the first failure is thrown at the end.
 */
export function mergedSource(sources: readonly PacketSource[]): PacketSource {
  const [only] = sources;
  return only !== undefined && sources.length === 1 ? only : new MergedSource(sources);
}

/** A source with its next packet, read ahead. */
interface Head {
  readonly source: PacketSource;
  readonly packet: Packet;
}

class MergedSource implements PacketSource {
  private readonly sources: readonly PacketSource[];
  private readonly heads: Head[] = [];
  /** Its packet is out; its source moves on at the next call, since that voids the bytes. */
  private used: Head | null = null;
  private failure: { readonly error: unknown } | null = null;
  private packets = 0;

  constructor(sources: readonly PacketSource[]) {
    this.sources = sources;
    for (const source of sources) {
      const head = { source, packet: emptyPacket() };
      if (this.advance(head)) this.heads.push(head);
    }
  }

  next(packet: Packet): boolean {
    if (this.used !== null && !this.advance(this.used)) this.heads.splice(this.heads.indexOf(this.used), 1);
    this.used = null;
    let earliest: Head | undefined;
    for (const head of this.heads) {
      if (earliest === undefined || head.packet.timeMicros < earliest.packet.timeMicros) earliest = head;
    }
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

  private advance(head: Head): boolean {
    try {
      return head.source.next(head.packet);
    } catch (error) {
      this.failure ??= { error };
      return false;
    }
  }
}
