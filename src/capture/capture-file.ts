// EDGE: fs
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CaptureError, CaptureFileError } from "../model/errors.ts";
import type { Packet } from "../model/packet.ts";
import { ByteWindow, type ReadBytes } from "./byte-window.ts";
import { type GzipInput, gzipInput } from "./gzip-input.ts";
import { HEAD_BYTES, notACaptureFault, terminalFault } from "./not-a-capture.ts";
import type { PacketSource, PacketSourceCounters } from "./packet-source.ts";
import { PcapReader, pcapByteOrder } from "./pcap-reader.ts";
import { BlockType, PcapngReader } from "./pcapng-reader.ts";
import { type RecordReader, WINDOW_BYTES } from "./record-reader.ts";

const GZIP_MAGIC = 0x1f8b;
const STANDARD_INPUT = 0;

/**
 * Opens a pcap or pcapng file, gzip-compressed or not. Its first bytes decide on the format, not its name.
 * Memory use does not depend on the size of the file. Throws `CaptureFileError` where it is not a readable capture.
 */
export function openCaptureFile(path: string): PacketSource {
  try {
    return openWhole(path);
  } catch (error) {
    throw error instanceof CaptureError ? new CaptureFileError(error.message, { cause: error }) : error;
  }
}

function openWhole(path: string): PacketSource {
  const input = openInput(path);
  try {
    const window = new ByteWindow(input.read, WINDOW_BYTES);
    if (!window.has(2) || window.view.getUint16(window.start, false) !== GZIP_MAGIC) {
      return new CaptureFile(recordReader(window, path), input, null);
    }
    const gzip = gzipInput(fromWindow(window), path);
    const inflated = new ByteWindow((into, at, length) => gzip.read(into, at, length), WINDOW_BYTES);
    return new CaptureFile(recordReader(inflated, path), input, gzip);
  } catch (error) {
    input.close();
    throw error;
  }
}

class CaptureFile implements PacketSource {
  readonly #reader: RecordReader;
  readonly #input: Input;
  readonly #gzip: GzipInput | null;
  #isClosed = false;

  constructor(reader: RecordReader, input: Input, gzip: GzipInput | null) {
    this.#reader = reader;
    this.#input = input;
    this.#gzip = gzip;
  }

  next(packet: Packet): boolean {
    return !this.#isClosed && this.#reader.next(packet);
  }

  get counters(): PacketSourceCounters {
    const { packets, otherBlocks, badTimes } = this.#reader;
    const isTruncated = this.#reader.isTruncated || (this.#gzip?.isTruncated() ?? false);
    const { totalBytes } = this.#input;
    return { packets, isTruncated, otherBlocks, badTimes, bytesRead: this.#input.bytesRead(), totalBytes };
  }

  close(): void {
    if (!this.#isClosed) this.#input.close();
    this.#isClosed = true;
  }
}

function recordReader(window: ByteWindow, path: string): RecordReader {
  if (window.has(4)) {
    const magic = window.view.getUint32(window.start, false);
    if (magic === BlockType.sectionHeader) return new PcapngReader(window, path);
    if (pcapByteOrder(window.view, window.start) !== null) {
      const fault = terminalFault(available(window));
      if (fault === null) return new PcapReader(window, path);
      throw new CaptureError(`${path} ${fault}`);
    }
  }
  window.has(HEAD_BYTES);
  throw new CaptureError(`${path} ${notACaptureFault(available(window).subarray(0, HEAD_BYTES), path)}`);
}

function available({ bytes, start, end }: ByteWindow): Uint8Array {
  return bytes.subarray(start, end);
}

interface Input {
  readonly read: ReadBytes;
  readonly totalBytes: number | null;
  bytesRead(): number;
  close(): void;
}

function openInput(path: string): Input {
  const fd = attempt(path, () => openOrInherit(path));
  const stat = attempt(path, () => fstatSync(fd));
  if (stat.isDirectory()) {
    closeSync(fd);
    throw new CaptureError(`${path} is a directory; pass the capture files in it`);
  }
  let bytesRead = 0;
  return {
    read(into, at, length) {
      const count = attempt(path, () => readSync(fd, into, at, length, null));
      bytesRead += count;
      return count;
    },
    totalBytes: stat.isFile() ? stat.size : null,
    bytesRead: () => bytesRead,
    close: () => closeSync(fd),
  };
}

/** Standard input that is a socket cannot be opened by its path: use the inherited descriptor. */
function openOrInherit(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (path === "/dev/stdin" && (error as NodeJS.ErrnoException).code === "ENXIO") return STANDARD_INPUT;
    throw error;
  }
}

/** The bytes that the window holds, then the rest of its input. */
function fromWindow(window: ByteWindow): ReadBytes {
  return (into, at, length) => {
    if (!window.has(1)) return 0;
    const count = Math.min(length, window.end - window.start);
    into.set(window.bytes.subarray(window.start, window.start + count), at);
    window.start += count;
    return count;
  };
}

const FIXES: Readonly<Record<string, string>> = {
  ENOENT: "the file does not exist; check the path",
  EACCES: "permission denied; make it readable for this user",
  EISDIR: "it is a directory; pass the capture files in it",
  ENOTDIR: "a part of the path is not a directory; check the path",
  ELOOP: "its symbolic links form a loop; check the path",
  ENAMETOOLONG: "the path is too long; use a shorter one",
  ENXIO: "it is a socket or a missing device; record to a file",
  EIO: "the disk reports an error; copy the file to another disk",
  EMFILE: "this process has too many open files; pass fewer files at once, or raise the limit with ulimit -n",
  ENFILE: "this machine has too many open files; end processes that hold them",
};

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const reason =
      FIXES[code] ?? `${error instanceof Error ? error.message : String(error)}; check the file and its disk`;
    throw new CaptureError(`cannot read ${path}: ${reason}`);
  }
}
