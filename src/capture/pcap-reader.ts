import { CaptureError } from "../model/errors.ts";
import type { Packet } from "../model/packet.ts";
import type { ByteWindow } from "./byte-window.ts";
import { MAX_CAPTURE_LENGTH, type RecordReader } from "./record-reader.ts";
import { changedLineEndings, strayText } from "./stray-text.ts";

/** Magic numbers in the byte order of the writer. */
const Magic = { micros: 0xa1b2c3d4, nanos: 0xa1b23c4d, modified: 0xa1b2cd34 } as const;

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Kuznetzov's variant adds interface index, protocol and packet type. */
const MODIFIED_RECORD_HEADER_BYTES = 24;

/** Byte order of the pcap file whose magic number is at `at`; null where it is not a pcap file. */
export function pcapByteOrder(view: DataView, at: number): "little" | "big" | null {
  for (const magic of Object.values(Magic)) {
    if (view.getUint32(at, true) === magic) return "little";
    if (view.getUint32(at, false) === magic) return "big";
  }
  return null;
}

/**
 * Reads a pcap file: microseconds, nanoseconds and the "modified" variant, both byte orders.
 * https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/
 */
export class PcapReader implements RecordReader {
  packets = 0;
  isTruncated = false;
  readonly otherBlocks = 0;
  /** 32 bits of seconds are always a valid date. */
  readonly badTimes = 0;
  readonly #window: ByteWindow;
  readonly #path: string;
  readonly #isLittle: boolean;
  readonly #headerBytes: number;
  readonly #linkType: number;
  readonly #fractionsPerMicro: number;
  readonly #minorVersion: number;

  /** Expects the window at the file's start, with a magic number that `pcapByteOrder` knows. */
  constructor(window: ByteWindow, path: string) {
    this.#window = window;
    this.#path = path;
    if (!window.has(FILE_HEADER_BYTES)) {
      throw new CaptureError(`${path} is truncated inside its file header; record it again`);
    }
    const { view, start } = window;
    this.#isLittle = pcapByteOrder(view, start) === "little";
    const magic = view.getUint32(start, this.#isLittle);
    const major = view.getUint16(start + 4, this.#isLittle);
    this.#minorVersion = view.getUint16(start + 6, this.#isLittle);
    if (major !== 2 || this.#minorVersion > 4) {
      throw new CaptureError(
        `${path} is a pcap file of version ${major}.${this.#minorVersion}, and only 2.0 to 2.4 are supported; convert it with editcap`,
      );
    }
    // The upper bits are the length of the frame check sequence.
    this.#linkType = view.getUint32(start + 20, this.#isLittle) & 0x03ffffff;
    this.#fractionsPerMicro = magic === Magic.nanos ? 1000 : 1;
    this.#headerBytes = magic === Magic.modified ? MODIFIED_RECORD_HEADER_BYTES : RECORD_HEADER_BYTES;
    window.start += FILE_HEADER_BYTES;
  }

  next(packet: Packet): boolean {
    const window = this.#window;
    const headerBytes = this.#headerBytes;
    const isLittle = this.#isLittle;
    if (!window.has(headerBytes)) {
      this.isTruncated = window.end > window.start;
      return false;
    }
    const view = window.view;
    let at = window.start;
    let captureLength = view.getUint32(at + 8, isLittle);
    let length = view.getUint32(at + 12, isLittle);
    // Version 2.3 swapped the two lengths, but not every writer of 2.3 did.
    if (this.#minorVersion < 3 || (this.#minorVersion === 3 && captureLength > length)) {
      [captureLength, length] = [length, captureLength];
    }
    if (captureLength > MAX_CAPTURE_LENGTH) {
      const what =
        strayText(window.bytes, at, window.end) ??
        changedLineEndings(window.bytes.subarray(0, window.end)) ??
        `a record of ${captureLength} bytes`;
      throw new CaptureError(
        `${this.#path} is damaged after packet ${this.packets}: ${what}; packets before that are read; record the rest again`,
      );
    }
    if (!window.has(headerBytes + captureLength)) {
      this.isTruncated = true;
      return false;
    }
    at = window.start;
    if (packet.bytes !== window.bytes) packet.bytes = window.bytes;
    packet.offset = at + headerBytes;
    packet.captureLength = captureLength;
    packet.length = length;
    packet.timeMicros = view.getUint32(at, isLittle) * 1e6 + view.getUint32(at + 4, isLittle) / this.#fractionsPerMicro;
    packet.linkType = this.#linkType;
    window.start = at + headerBytes + captureLength;
    this.packets++;
    return true;
  }
}
