import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { CLI, cleanEnvironment, file, temporaryFolder } from "../support/cli/wirespan.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";

const FILES = 120;
/** Node.js itself has about twenty files open. */
const MAX_OPEN = 64;

/** A capture of refused attempts at these seconds. */
function captureOf(number: number, seconds: readonly number[]): Uint8Array {
  const ends = { source: "10.0.0.1", destination: "10.0.0.2" };
  const ports = { sourcePort: 20_000 + number, destinationPort: 80 };
  const packets = seconds.flatMap((second, i) => {
    const sequence = 1_000 * number + i;
    const syn = ethernet(ipv4(ends, tcp({ ...ports, flags: 0x02, sequence })));
    const back = { source: ends.destination, destination: ends.source };
    const reset = { sourcePort: 80, destinationPort: ports.sourcePort, flags: 0x14, acknowledgement: sequence + 1 };
    const answer = ethernet(ipv4(back, tcp(reset)));
    return [syn, answer].map((bytes, fraction) => ({ seconds: Math.floor(second), fraction, bytes }));
  });
  return pcapFile(packets);
}

function replay(folder: string, names: readonly string[]) {
  const args = [process.execPath, CLI, "replay", ...names.map((name) => join(folder, name)), "--format", "jsonl"];
  return spawnSync("bash", ["-c", `ulimit -n ${MAX_OPEN}; exec "$0" "$@"`, ...args], {
    env: cleanEnvironment(),
    encoding: "utf8",
    timeout: 60_000,
  });
}

const refused = (text: string): number => text.split("\n").filter((line) => line.includes('"refused"')).length;

test("consecutive captures, more than the limit of open files, are one recording", (t) => {
  const folder = temporaryFolder(t);
  const names = Array.from({ length: FILES }, (_, i) => `${i}.pcap`);
  for (const [i, name] of names.entries()) file(folder, name, captureOf(i, [60 * i + 1, 60 * i + 50]));
  const { status, stdout, stderr } = replay(folder, names);
  assert.equal(status, 0, stderr);
  assert.equal(refused(stdout), 2 * FILES);
});

test("simultaneous captures, more than the limit of open files: the readable ones are replayed, and one sentence has the fix", (t) => {
  const folder = temporaryFolder(t);
  const names = Array.from({ length: FILES }, (_, i) => `${i}.pcap`);
  for (const [i, name] of names.entries()) file(folder, name, captureOf(i, [1, 500 + i]));
  const { status, stdout, stderr } = replay(folder, names);
  assert.equal(status, 1, stderr);
  assert.ok(refused(stdout) >= 2 * 20, stdout);
  assert.match(stderr, /\nwirespan: incomplete: [^\n]*too many open files[^\n]*ulimit -n\n$/);
  assert.match(stdout, /\{"wirespan":"incomplete","reason":"[^\n]*too many open files/);
});
