import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { openCaptureFile } from "../../src/capture/capture-file.ts";
import { emptyPacket } from "../../src/capture/packet-source.ts";
import { CaptureError } from "../../src/model/errors.ts";
import { sharedPath } from "../support/paths.ts";
import { interfaceBlock, pcapFile, pcapHeader, sectionHeader, simplePacket } from "./support/capture-bytes.ts";
import { readFile, temporaryFile } from "./support/read-all.ts";

const BYTES = Buffer.from("0102030405", "hex");
const FILE = pcapFile([1, 2, 3].map((seconds) => ({ seconds, fraction: 0, bytes: BYTES })));

test("the content of a file decides on its format, not its name", (t) => {
  const pcapng = Buffer.concat([sectionHeader("big"), interfaceBlock("big", 1), simplePacket("big", 5, BYTES)]);
  assert.equal(readFile(temporaryFile(t, FILE, "a.pcapng")).packets.length, 3);
  assert.equal(readFile(temporaryFile(t, pcapng, "a.pcap")).packets.length, 1);
  assert.equal(readFile(temporaryFile(t, gzipSync(FILE), "a.txt")).packets.length, 3);
});

test("counters report packets and bytes", (t) => {
  const { counters } = readFile(temporaryFile(t, FILE));
  assert.deepEqual(counters, {
    packets: 3,
    bytesRead: FILE.length,
    totalBytes: FILE.length,
    isTruncated: false,
    otherBlocks: 0,
    badTimes: 0,
  });
});

test("a compressed capture of several megabytes and several members is read to its end", (t) => {
  const packets = Array.from({ length: 60_000 }, (_, i) => ({
    seconds: i,
    fraction: 0,
    bytes: Buffer.alloc(60, `packet ${i * 7919} of many `),
  }));
  const file = pcapFile(packets);
  const members = [file.subarray(0, 1_234_567), file.subarray(1_234_567)].map((part) => gzipSync(part));
  const path = temporaryFile(t, Buffer.concat(members));
  const reading = readFile(path);
  assert.equal(reading.packets.length, packets.length);
  assert.equal(reading.isTruncated, false);
  assert.deepEqual(
    reading.packets.map(({ hex }) => hex),
    packets.map(({ bytes }) => bytes.toString("hex")),
  );
});

test("a compressed capture that ends at any byte is truncated, also inside a trailer or the header of a member", (t) => {
  const members = [FILE.subarray(0, 60), FILE.subarray(60)].map((part) => gzipSync(part));
  const whole = Buffer.concat(members);
  const firstDataEnd = (members[0]?.length ?? 0) - 8;
  for (let length = 1; length < whole.length; length++) {
    const path = temporaryFile(t, whole.subarray(0, length), `${length}.pcap.gz`);
    try {
      const { packets, isTruncated, error } = readFile(path);
      assert.deepEqual([isTruncated, error], [true, null], `at ${length}`);
      if (length >= whole.length - 8) assert.equal(packets.length, 3, `at ${length}`);
    } catch (error) {
      // Without the file header there is nothing to read.
      assert.ok(error instanceof CaptureError && length < firstDataEnd, `at ${length}: ${error}`);
    }
  }
});

test("zeros after the last gzip member are padding, and other data is damage", (t) => {
  const whole = gzipSync(FILE);
  for (const zeros of [1, 3, 4, 10, 512, 40_000]) {
    const { packets, error } = readFile(temporaryFile(t, Buffer.concat([whole, Buffer.alloc(zeros)])));
    assert.deepEqual([packets.length, error], [3, null], `${zeros} zeros`);
    const { error: damage } = readFile(temporaryFile(t, Buffer.concat([whole, Buffer.alloc(zeros), Buffer.from("x")])));
    assert.match(damage ?? "", /damaged gzip/, `${zeros} zeros and more`);
  }
});

test("data after the last gzip member is an error after the packets", (t) => {
  const whole = gzipSync(FILE);
  const damaged = Buffer.concat([whole, Buffer.from("no gzip member")]);
  const { packets, error } = readFile(temporaryFile(t, damaged));
  assert.equal(packets.length, 3);
  assert.match(error ?? "", /damaged gzip/);
});

test("a wrong checksum or length in any gzip member is an error after the packets", (t) => {
  const [first, second] = [gzipSync(FILE.subarray(0, 60)), gzipSync(FILE.subarray(60))];
  const whole = Buffer.concat([first, second]);
  for (const end of [first.length, whole.length]) {
    for (let at = end - 8; at < end; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x40;
      const { packets, error } = readFile(temporaryFile(t, damaged));
      assert.equal(packets.length, 3, `byte ${at}`);
      assert.match(error ?? "", /damaged gzip file \(its checksum or length is wrong\)/, `byte ${at}`);
    }
  }
  const padded = readFile(temporaryFile(t, Buffer.concat([whole, Buffer.alloc(2)])));
  assert.deepEqual([padded.packets.length, padded.error, padded.isTruncated], [3, null, false]);
});

test("the trailer of a member is found after many others, and before a header with a file name", (t) => {
  const bytes = Buffer.alloc(200_000, "not much to compress, and enough of it");
  const file = pcapFile([{ seconds: 1, fraction: 0, bytes }]);
  const [, , , , ...rest] = gzipSync(file.subarray(100_000));
  const named = Buffer.from([0x1f, 0x8b, 8, 8, ...rest.slice(0, 6), ...Buffer.from("a name\0"), ...rest.slice(6)]);
  const empties = Array.from({ length: 5_000 }, () => gzipSync(Buffer.alloc(0)));
  const { packets, error } = readFile(
    temporaryFile(t, Buffer.concat([...empties, gzipSync(file.subarray(0, 100_000)), named])),
  );
  assert.deepEqual([packets.length, error], [1, null]);
});

test("an unreadable file is reported in one sentence with its path and a fix", (t) => {
  const cases: readonly [string, RegExp][] = [
    [join(tmpdir(), "wirespan-no-such-file.pcap"), /file does not exist; check the path/],
    [tmpdir(), /is a directory; pass the capture files/],
    [temporaryFile(t, Buffer.alloc(0)), /is empty; record it again/],
    [temporaryFile(t, Buffer.from("ab")), /only 2 bytes/],
    [
      temporaryFile(t, Buffer.from("#!/bin/sh\necho\n")),
      /not a capture file but text \(it begins with "#!\/bin\/sh"\); pass a pcap/,
    ],
    [temporaryFile(t, gzipSync(Buffer.from("hello there"))), /not a capture file/],
    [temporaryFile(t, gzipSync(Buffer.alloc(0))), /is empty/],
    [temporaryFile(t, FILE.subarray(0, 20)), /truncated inside its file header/],
    [temporaryFile(t, pcapHeader({ version: [9, 9] })), /version 9\.9/],
  ];
  for (const [path, message] of cases) {
    assert.throws(
      () => openCaptureFile(path),
      (error) => {
        assert.ok(error instanceof CaptureError);
        assert.ok(error.message.includes(path));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  }
});

test("a file without read permission is refused with one sentence", (t) => {
  const path = temporaryFile(t, FILE);
  chmodSync(dirname(path), 0o755);
  chmodSync(path, 0o000);
  const setuid = process.setegid !== undefined && process.getuid?.() === 0;
  if (setuid) process.seteuid?.(65534);
  try {
    assert.throws(() => openCaptureFile(path), /permission denied; make it readable/);
  } finally {
    if (setuid) process.seteuid?.(0);
  }
});

test("close ends the packets and is idempotent", (t) => {
  const source = openCaptureFile(temporaryFile(t, FILE));
  source.close();
  source.close();
  assert.equal(source.next(emptyPacket()), false);
});

test("every public capture has the number of packets that tshark counts", (t) => {
  const index = sharedPath(t, "captures", "INDEX.tsv");
  if (index === null) return;
  const [header = "", ...rows] = readFileSync(index, "utf8").trimEnd().split("\n");
  const column = header.split("\t").indexOf("packets");
  assert.ok(rows.length > 100);
  for (const row of rows) {
    const cells = row.split("\t");
    const path = join(dirname(index), cells[0] ?? "");
    const { packets, error } = readFile(path);
    assert.equal(error, null, path);
    assert.equal(packets.length, Number(cells[column]), path);
  }
});

test("captures of DNS messages are read to their end", (t) => {
  const folder = sharedPath(t, "dns-messages");
  if (folder === null) return;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".pcap"))) {
    const { packets, isTruncated, error } = readFile(join(folder, name));
    assert.deepEqual([isTruncated, error, packets.length > 0], [false, null, true], name);
  }
});

test("a laboratory capture in SLL and the same in compressed SLL2 have the same packets", (t) => {
  const folder = sharedPath(t, "lab-captures");
  if (folder === null) return;
  const seeds = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.ok(seeds.length > 0);
  for (const seed of seeds) {
    const files = readdirSync(join(folder, seed.name)).filter((file) => file.endsWith(".sll2.pcap.gz"));
    for (const file of files) {
      const path = join(folder, seed.name, file);
      const [sll, sll2] = [readFile(path.replace(".sll2.pcap.gz", ".pcap")), readFile(path)];
      assert.deepEqual([sll.error, sll2.error, sll.isTruncated, sll2.isTruncated], [null, null, false, false], path);
      assert.equal(sll2.packets.length, sll.packets.length, path);
      assert.deepEqual([sll.packets[0]?.linkType, sll2.packets[0]?.linkType], [113, 276], path);
    }
  }
});
