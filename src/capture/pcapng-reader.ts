import { CaptureError } from "../model/errors.ts";
import type { Packet } from "../model/packet.ts";
import type { ByteWindow } from "./byte-window.ts";
import { isDate, MICROSECONDS, type TimestampScale, timestampMicros, timestampScale } from "./pcapng-timestamp.ts";
import { MAX_CAPTURE_LENGTH, type RecordReader, WINDOW_BYTES } from "./record-reader.ts";
import { strayText } from "./stray-text.ts";

/** Block types (draft §10.1). That of the section header is the same in both byte orders. */
export const BlockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const Option = { end: 0, timestampResolution: 9, timestampOffset: 14 } as const;

/** libpcap's bound for one block. */
const MAX_BLOCK_BYTES = 16 << 20;
/** Type and length before the body, the length again after it. */
const BLOCK_FRAME_BYTES = 12;

interface CaptureInterface {
  readonly linkType: number;
  /** 0: unlimited. */
  readonly snapLength: number;
  readonly scale: TimestampScale;
}

/**
 * Reads a pcapng file: sections of either byte order, interfaces with different link types (which libpcap refuses), and
 * enhanced, simple and obsolete packet blocks. Skips other blocks.
 * https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/
 */
export class PcapngReader implements RecordReader {
  packets = 0;
  isTruncated = false;
  otherBlocks = 0;
  badTimes = 0;
  readonly #window: ByteWindow;
  readonly #path: string;
  #isLittle = true;
  #interfaces: CaptureInterface[] = [];
  #lastMicros = 0;

  /** Expects the window at a section header block. */
  constructor(window: ByteWindow, path: string) {
    this.#window = window;
    this.#path = path;
    if (!window.has(BLOCK_FRAME_BYTES + 16)) {
      throw new CaptureError(`${path} is truncated inside its section header; record it again`);
    }
  }

  next(packet: Packet): boolean {
    for (;;) {
      const window = this.#window;
      if (!window.has(8)) {
        this.isTruncated = window.end > window.start;
        return false;
      }
      const type = window.view.getUint32(window.start, this.#isLittle);
      if (type === BlockType.sectionHeader && !this.#readByteOrder()) return this.#endTruncated();
      const length = window.view.getUint32(window.start + 4, this.#isLittle);
      if (length < BLOCK_FRAME_BYTES || length % 4 !== 0 || length > MAX_BLOCK_BYTES) {
        throw this.#damaged(strayText(window.bytes, window.start, window.end) ?? `a block of ${length} bytes`);
      }
      if (!isKnownBlock(type)) {
        if (!window.skip(length)) return this.#endTruncated();
        this.otherBlocks++;
        continue;
      }
      if (length > WINDOW_BYTES) throw this.#damaged(`a block of ${length} bytes`);
      if (!window.has(length)) return this.#endTruncated();
      const at = window.start;
      if (window.view.getUint32(at + length - 4, this.#isLittle) !== length) {
        throw this.#damaged("a block with two different lengths");
      }
      window.start = at + length;
      const body = at + 8;
      const bodyEnd = at + length - 4;
      if (type === BlockType.sectionHeader) this.#readSection(body, bodyEnd);
      else if (type === BlockType.interfaceDescription) this.#readInterface(body, bodyEnd);
      else if (this.#readPacket(type, body, bodyEnd, packet)) {
        this.packets++;
        return true;
      }
    }
  }

  #endTruncated(): false {
    this.isTruncated = true;
    return false;
  }

  #damaged(what: string): CaptureError {
    return new CaptureError(
      `${this.#path} is damaged after packet ${this.packets}: ${what}; packets before that are read; record the rest again`,
    );
  }

  /** Must come before the length of the block is read: each section has its own byte order. */
  #readByteOrder(): boolean {
    const window = this.#window;
    if (!window.has(12)) return false;
    if (window.view.getUint32(window.start + 8, true) === BYTE_ORDER_MAGIC) this.#isLittle = true;
    else if (window.view.getUint32(window.start + 8, false) === BYTE_ORDER_MAGIC) this.#isLittle = false;
    else throw this.#damaged("a section header without a byte-order magic");
    return true;
  }

  #readSection(at: number, end: number): void {
    if (end - at < 16) throw this.#damaged("a section header that is too short");
    const { view } = this.#window;
    const major = view.getUint16(at + 4, this.#isLittle);
    const minor = view.getUint16(at + 6, this.#isLittle);
    // Some writers wrote minor version 2, which means the same as 0 (draft §4.1).
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      throw new CaptureError(
        `${this.#path} has a pcapng section of version ${major}.${minor}, and only 1.0 is supported; convert it with editcap`,
      );
    }
    this.#interfaces = [];
  }

  #readInterface(at: number, end: number): void {
    if (end - at < 8) throw this.#damaged("an interface description that is too short");
    const { view } = this.#window;
    this.#interfaces.push({
      linkType: view.getUint16(at, this.#isLittle),
      snapLength: view.getUint32(at + 4, this.#isLittle),
      scale: this.#readScale(at + 8, end),
    });
  }

  #readScale(start: number, end: number): TimestampScale {
    const { view } = this.#window;
    let resolution = 6;
    let offsetSeconds = 0;
    for (let at = start; at + 4 <= end; ) {
      const code = view.getUint16(at, this.#isLittle);
      const length = view.getUint16(at + 2, this.#isLittle);
      if (code === Option.end) break;
      at += 4;
      if (at + length > end) throw this.#damaged("an interface option that is too long");
      if (code === Option.timestampResolution && length === 1) resolution = view.getUint8(at);
      if (code === Option.timestampOffset && length === 8) {
        offsetSeconds = Number(view.getBigInt64(at, this.#isLittle));
      }
      at += (length + 3) & ~3;
    }
    return resolution === 6 && offsetSeconds === 0 ? MICROSECONDS : timestampScale(resolution, offsetSeconds);
  }

  /** False where neither this packet nor one before it has a valid time. */
  #readPacket(type: number, at: number, end: number, packet: Packet): boolean {
    const { view, bytes } = this.#window;
    const isSimple = type === BlockType.simplePacket;
    const headerBytes = isSimple ? 4 : 20;
    if (end - at < headerBytes) throw this.#damaged("a packet block that is too short");
    // The obsolete block has a 16-bit interface number and a drop count in place of 32 bits.
    const index = isSimple
      ? 0
      : type === BlockType.obsoletePacket
        ? view.getUint16(at, this.#isLittle)
        : view.getUint32(at, this.#isLittle);
    const from = this.#interfaces[index];
    if (from === undefined) throw this.#damaged(`a packet of interface ${index}, which has no description block`);
    const length = view.getUint32(at + headerBytes - 4, this.#isLittle);
    const captureLength = isSimple
      ? Math.min(length, from.snapLength || length)
      : view.getUint32(at + 12, this.#isLittle);
    if (captureLength > end - at - headerBytes || captureLength > MAX_CAPTURE_LENGTH) {
      throw this.#damaged(`a packet of ${captureLength} bytes`);
    }
    // A simple packet block has no timestamp: it gets that of the previous packet.
    if (!isSimple) {
      const { scale } = from;
      const micros = timestampMicros(
        scale,
        view.getUint32(at + 4, this.#isLittle),
        view.getUint32(at + 8, this.#isLittle),
      );
      if (isDate(micros)) this.#lastMicros = micros;
      else {
        this.badTimes++;
        if (this.#lastMicros === 0) return false;
      }
    }
    packet.bytes = bytes;
    packet.offset = at + headerBytes;
    packet.captureLength = captureLength;
    packet.length = length;
    packet.timeMicros = this.#lastMicros;
    packet.linkType = from.linkType;
    return true;
  }
}

function isKnownBlock(type: number): boolean {
  return (
    type === BlockType.enhancedPacket ||
    type === BlockType.interfaceDescription ||
    type === BlockType.sectionHeader ||
    type === BlockType.simplePacket ||
    type === BlockType.obsoletePacket
  );
}
