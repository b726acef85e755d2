import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ByteWindow } from "../../../src/capture/byte-window.ts";
import { openCaptureFile } from "../../../src/capture/capture-file.ts";
import { emptyPacket, type PacketSource, type PacketSourceCounters } from "../../../src/capture/packet-source.ts";
import { type RecordReader, WINDOW_BYTES } from "../../../src/capture/record-reader.ts";
import { CaptureError } from "../../../src/model/errors.ts";

export interface ReadPacket {
  readonly timeMicros: number;
  readonly length: number;
  readonly linkType: number;
  readonly hex: string;
}

export interface Reading {
  readonly packets: readonly ReadPacket[];
  readonly isTruncated: boolean;
  /** Message of the `CaptureError` that ended it; other errors are rethrown. */
  readonly error: string | null;
}

/** All packets of a reader, copied. */
export function readRecords(reader: Pick<RecordReader, "next" | "isTruncated">): Reading {
  const packets: ReadPacket[] = [];
  const packet = emptyPacket();
  let error: string | null = null;
  try {
    while (reader.next(packet)) {
      const { bytes, offset, captureLength, length, timeMicros, linkType } = packet;
      const hex = Buffer.from(bytes.subarray(offset, offset + captureLength)).toString("hex");
      packets.push({ timeMicros, length, linkType, hex });
    }
  } catch (thrown) {
    if (!(thrown instanceof CaptureError)) throw thrown;
    error = thrown.message;
  }
  return { packets, isTruncated: reader.isTruncated, error };
}

/** Reads bytes with `Reader`; each read of the input returns at most `chunk` bytes. */
export function readChunks(
  Reader: new (window: ByteWindow, path: string) => RecordReader,
  bytes: Uint8Array,
  chunk = bytes.length,
): Reading {
  try {
    return readRecords(new Reader(memoryWindow(bytes, chunk), "test"));
  } catch (thrown) {
    if (!(thrown instanceof CaptureError)) throw thrown;
    return { packets: [], isTruncated: false, error: thrown.message };
  }
}

function memoryWindow(bytes: Uint8Array, chunk: number): ByteWindow {
  let done = 0;
  return new ByteWindow((into, at, length) => {
    const count = Math.min(length, chunk, bytes.length - done);
    into.set(bytes.subarray(done, done + count), at);
    done += count;
    return count;
  }, WINDOW_BYTES);
}

export function readSource(source: PacketSource): Reading & { readonly counters: PacketSourceCounters } {
  const reading = readRecords({ next: (packet) => source.next(packet), isTruncated: false });
  const { counters } = source;
  source.close();
  return { ...reading, isTruncated: counters.isTruncated, counters };
}

/** Writes bytes to a file that is removed after the test. */
export function temporaryFile(t: TestContext, bytes: Uint8Array, name = "test.pcap"): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export function readFile(path: string): Reading & { readonly counters: PacketSourceCounters } {
  return readSource(openCaptureFile(path));
}
