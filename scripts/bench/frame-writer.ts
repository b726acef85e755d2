// EDGE: fs
import { closeSync, openSync, writeSync } from "node:fs";
import type { Address } from "./cluster-plan.ts";

/** SLL packet types (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html). */
export const PacketType = { incoming: 0, otherHost: 3, outgoing: 4 } as const;

/** One copy of a packet on one interface. */
export interface Sighting {
  readonly packetType: number;
  readonly source: Address;
  readonly sourcePort: number;
  readonly destination: Address;
  readonly destinationPort: number;
}

/** What all copies of one TCP segment have in common. */
export interface Segment {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** For the timestamp, which copies do not change. */
  readonly sentMicros: number;
}

export type Link = "linux-sll" | "ethernet";

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
export const TcpFlags = { syn: SYN, synAck: SYN | ACK, fin: FIN | ACK, reset: RST | ACK } as const;

const CHUNK = 1 << 20;
const LARGEST_FRAME = 2048;

/**
 * Writes a capture file (classic pcap, microseconds) of at most `limit` frames; ignores later ones. TCP and UDP have no
 * checksums, as in captures with checksum offload.
 */
export class FrameWriter {
  readonly #file: number;
  readonly #limit: number;
  readonly #isSll: boolean;
  readonly #buffer = Buffer.alloc(CHUNK + LARGEST_FRAME);
  #at = 0;
  dnsFrames = 0;
  tcpFrames = 0;

  constructor(path: string, limit: number, link: Link) {
    this.#file = openSync(path, "w");
    this.#limit = limit;
    this.#isSll = link === "linux-sll";
    for (const word of [0xa1b2c3d4, 0x00040002, 0, 0, 262144, this.#isSll ? 113 : 1]) {
      this.#at = this.#buffer.writeUInt32LE(word, this.#at);
    }
  }

  get isFull(): boolean {
    return this.dnsFrames + this.tcpFrames >= this.#limit;
  }

  udp(timeMicros: number, sighting: Sighting, payload: Uint8Array): void {
    if (this.isFull) return;
    this.dnsFrames++;
    let at = this.#headers(timeMicros, sighting, 17, 8 + payload.length);
    const buffer = this.#buffer;
    at = buffer.writeUInt16BE(sighting.sourcePort, at);
    at = buffer.writeUInt16BE(sighting.destinationPort, at);
    at = buffer.writeUInt16BE(8 + payload.length, at);
    at = buffer.writeUInt16BE(0, at);
    buffer.set(payload, at);
    this.#end(at + payload.length);
  }

  /** A SYN has the options of Linux, other segments only a timestamp, a RST none. */
  tcp(timeMicros: number, sighting: Sighting, segment: Segment): void {
    if (this.isFull) return;
    const { flags, sequence, acknowledgement, sentMicros } = segment;
    this.tcpFrames++;
    const length = flags & SYN ? 40 : flags & RST ? 20 : 32;
    let at = this.#headers(timeMicros, sighting, 6, length);
    const buffer = this.#buffer;
    const end = at + length;
    at = buffer.writeUInt16BE(sighting.sourcePort, at);
    at = buffer.writeUInt16BE(sighting.destinationPort, at);
    at = buffer.writeUInt32BE(sequence >>> 0, at);
    at = buffer.writeUInt32BE(acknowledgement >>> 0, at);
    at = buffer.writeUInt32BE((((length / 4) << 28) | (flags << 16) | 64240) >>> 0, at);
    at = buffer.writeUInt32BE(0, at);
    if (flags & SYN) {
      at = buffer.writeUInt32BE(0x020405b4, at);
      at = buffer.writeUInt32BE(0x0402080a, at);
    } else if (length > 20) {
      at = buffer.writeUInt32BE(0x0101080a, at);
    }
    if (length > 20) {
      at = buffer.writeUInt32BE(Math.floor(sentMicros / 1000) >>> 0, at);
      at = buffer.writeUInt32BE(flags === SYN ? 0 : 1, at);
    }
    if (flags & SYN) buffer.writeUInt32BE(0x01030307, at);
    this.#end(end);
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  /** Writes record, link and IP header; returns the offset of the payload of `length` bytes. */
  #headers(
    timeMicros: number,
    { packetType, source, destination }: Sighting,
    protocol: number,
    length: number,
  ): number {
    const buffer = this.#buffer;
    const isIpv6 = source.bytes.length === 16;
    const frame = (this.#isSll ? 16 : 14) + (isIpv6 ? 40 : 20) + length;
    let at = buffer.writeUInt32LE(Math.floor(timeMicros / 1e6), this.#at);
    at = buffer.writeUInt32LE(Math.floor(timeMicros) % 1e6, at);
    at = buffer.writeUInt32LE(frame, at);
    at = buffer.writeUInt32LE(frame, at);
    if (this.#isSll) {
      at = buffer.writeUInt32BE((packetType << 16) | 1, at);
      at = buffer.writeUInt32BE(0x00060a00, at);
      at = buffer.writeUInt32BE(0x00000000, at);
      at = buffer.writeUInt16BE(0, at);
    } else {
      at = buffer.writeUIntBE(0x020000000002, at, 6);
      at = buffer.writeUIntBE(0x020000000001, at, 6);
    }
    at = buffer.writeUInt16BE(isIpv6 ? 0x86dd : 0x0800, at);
    const hops = packetType === PacketType.outgoing ? 63 : 64;
    if (isIpv6) {
      at = buffer.writeUInt32BE(0x60000000, at);
      at = buffer.writeUInt16BE(length, at);
      at = buffer.writeUInt16BE((protocol << 8) | hops, at);
      buffer.set(source.bytes, at);
      buffer.set(destination.bytes, at + 16);
      return at + 32;
    }
    const start = at;
    at = buffer.writeUInt32BE(0x45000000 | (20 + length), at);
    at = buffer.writeUInt32BE(0x00004000, at);
    at = buffer.writeUInt32BE((hops << 24) | (protocol << 16), at);
    buffer.set(source.bytes, at);
    buffer.set(destination.bytes, at + 4);
    let sum = 0;
    for (let word = 0; word < 20; word += 2) sum += buffer.readUInt16BE(start + word);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    buffer.writeUInt16BE(~sum & 0xffff, start + 10);
    return at + 8;
  }

  #end(at: number): void {
    this.#at = at;
    if (at >= CHUNK) this.#flush();
  }

  #flush(): void {
    let written = 0;
    while (written < this.#at) written += writeSync(this.#file, this.#buffer, written, this.#at - written);
    this.#at = 0;
  }
}
