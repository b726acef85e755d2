// EDGE: reads recordings, and writes copies of them.
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const CAPTURE_LENGTH_AT = 8;

/**
 * A copy of a recording in which frames were lost at random, each with the probability `share`, the same ones for the
 * same seed. The caller removes the folder.
 */
export function thinRecording(folder: string, share: number, seed: number): string {
  const copy = mkdtempSync(join(tmpdir(), "wirespan-thin-"));
  const random = randomFrom(seed);
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith(".pcap")) writeFileSync(join(copy, name), thin(readFileSync(join(folder, name)), share, random));
    else if (name.endsWith(".json") || name.endsWith(".jsonl")) copyFileSync(join(folder, name), join(copy, name));
  }
  return copy;
}

/** Little-endian pcap, as the laboratories write it. */
function thin(capture: Buffer, share: number, random: () => number): Buffer {
  const kept = [capture.subarray(0, FILE_HEADER_BYTES)];
  for (let at = FILE_HEADER_BYTES; at < capture.length; ) {
    const end = at + RECORD_HEADER_BYTES + capture.readUInt32LE(at + CAPTURE_LENGTH_AT);
    if (random() >= share) kept.push(capture.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** Marsaglia's xorshift: numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
