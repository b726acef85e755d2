import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { openCaptureFile } from "../../src/capture/capture-file.ts";
import { CaptureFileError } from "../../src/model/errors.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";
import { interfaceBlock, pcapFile, sectionHeader, simplePacket } from "./support/capture-bytes.ts";
import { readFile, temporaryFile } from "./support/read-all.ts";

/** Packets between addresses of 10.0.0.0/8: each contains line feeds. */
function capture(count: number, magic?: number): Buffer {
  const packets = Array.from({ length: count }, (_, i) => ({
    seconds: 1_790_000_000 + i,
    fraction: i * 1_000,
    bytes: ethernet(
      ipv4(
        { source: "10.10.0.1", destination: "10.0.10.2" },
        tcp({ sourcePort: 4_000 + i, destinationPort: 80, flags: 2 }),
      ),
    ),
  }));
  return pcapFile(packets, magic === undefined ? {} : { magic });
}

/** Output with the line endings of a terminal. */
function throughTerminal(bytes: Uint8Array): Buffer {
  return Buffer.from([...bytes].flatMap((byte) => (byte === 10 ? [13, 10] : [byte])));
}

const utf16 = (text: string, mark: boolean): Buffer => Buffer.from(`${mark ? "\uFEFF" : ""}${text}`, "utf16le");
const hexBytes = (digits: string): Buffer => Buffer.concat([Buffer.from(digits, "hex"), Buffer.alloc(600, 0x91)]);
const PCAPNG = Buffer.concat([
  sectionHeader("little"),
  interfaceBlock("little", 1),
  simplePacket("little", 5, Buffer.from("01020304")),
]);
const TAR = Buffer.concat([
  Buffer.from("node.pcap".padEnd(257, "\0")),
  Buffer.from("ustar\0"),
  Buffer.alloc(249),
  capture(3),
]);
const LISTENING = "tcpdump: listening on any, link-type LINUX_SLL2\n";
const TERMINAL = /line endings were changed by a terminal; run kubectl exec and ssh without -t/;

for (const [what, bytes, says] of [
  ["zstd", hexBytes("28b52ffd"), /is compressed with zstd; undo it with zstd -d \S+\/given$/],
  ["xz", hexBytes("fd377a585a00"), /is compressed with xz; undo it with xz -dk \S+\/given$/],
  ["bzip2", hexBytes("425a6839"), /is compressed with bzip2; undo it with bzip2 -dk/],
  ["lz4", hexBytes("04224d18"), /is compressed with lz4; undo it with lz4 -d/],
  ["zip", hexBytes("504b0304"), /is a zip archive; unpack it with unzip/],
  ["7z", hexBytes("377abcaf271c"), /is a 7z archive; unpack it with 7z x/],
  ["tar", TAR, /is a tar archive; unpack it with tar -xf/],
  ["tar with gzip", gzipSync(TAR), /is a tar archive; unpack it with tar -xf/],
  ["gzip twice", gzipSync(gzipSync(capture(3))), /is compressed with gzip; undo it with gzip -dk/],
  ["snoop", hexBytes("736e6f6f70000000"), /is a capture of snoop; convert it with editcap/],
  ["line endings of a terminal", throughTerminal(capture(40)), TERMINAL],
  ["line endings of a terminal, two packets", throughTerminal(capture(2)), TERMINAL],
  ["line endings of a terminal, nanoseconds", throughTerminal(capture(9, 0xa1b23c4d)), TERMINAL],
  ["line endings of a terminal, modified pcap", throughTerminal(capture(9, 0xa1b2cd34)), TERMINAL],
  ["line endings of a terminal, pcapng", throughTerminal(PCAPNG), /line endings were changed, as a terminal does; run/],
  [
    "Unix line endings, pcapng",
    Buffer.from(PCAPNG.toString("latin1").replaceAll("\r\n", "\n"), "latin1"),
    /line endings were changed/,
  ],
  [
    "text before pcap",
    Buffer.concat([Buffer.from(LISTENING), capture(3)]),
    /has text before the capture \("tcpdump: listening.*2>\/dev\/null, or remove the text with tail -c \+49 /,
  ],
  [
    "text before pcapng",
    Buffer.concat([Buffer.from("Defaulted container\n"), PCAPNG]),
    /text before the capture \("Defaulted container"\)/,
  ],
  [
    "text before pcapng and line endings of a terminal",
    throughTerminal(Buffer.concat([Buffer.from(LISTENING), PCAPNG])),
    /has text before .*, whose line endings were changed by a terminal/,
  ],
  [
    "text before pcap and line endings of a terminal",
    throughTerminal(Buffer.concat([Buffer.from(LISTENING), capture(9)])),
    /has text before .*, whose line endings were changed by a terminal/,
  ],
  ["base64", Buffer.from(capture(9).toString("base64")), /is a capture in base64; undo it with base64 -d/],
  [
    "base64 in lines, after text",
    Buffer.from(`Defaulted container\n${PCAPNG.toString("base64").replaceAll(/.{64}/g, "$&\n")}\n`),
    /in base64/,
  ],
  ["base64 of gzip", Buffer.from(gzipSync(capture(9)).toString("base64")), /in base64/],
  [
    "UTF-16 of PowerShell",
    utf16(capture(3).toString("latin1"), true),
    /is UTF-16 text, as PowerShell writes with >; write it with tcpdump -w FILE/,
  ],
  ["UTF-8 of a text reader", Buffer.from(capture(3).toString("utf8")), /converted like text; write it with/],
  ["UTF-8 of Latin-1", Buffer.from(capture(3).toString("latin1")), /converted like text; write it with/],
  [
    "the text of tcpdump",
    Buffer.from("08:11:12.131415 IP 10.0.0.1.53 > 10.0.0.2.5353: Flags [S]\n"),
    /the text that tcpdump prints; write/,
  ],
  ["a hex dump", Buffer.from("00000000: d4c3 b2a1 0200 0400\n"), /hex dump; undo it with xxd -r/],
  ["HTML", Buffer.from("<!DOCTYPE html>\n<html>"), /an HTML page/],
  [
    "a cluster file",
    Buffer.from('{\n  "apiVersion": "v1",\n  "items": []\n}'),
    /is a cluster file, not a capture; pass it with --cluster \S+\/given$/,
  ],
  [
    "a cluster file of PowerShell",
    utf16('{"apiVersion":"v1","kind":"List"}', true),
    /is a cluster file, not a capture; pass it with --cluster/,
  ],
  [
    "a cluster file with gzip",
    gzipSync('{"kind": "List","items":[]}'),
    /is a cluster file, not a capture; pass it with --cluster/,
  ],
  [
    "a log of events",
    Buffer.from('{"t":1,"type":"ADDED","object":{"kind":"Pod"}}\n'),
    /is a log of cluster events, not a capture; pass it with --events/,
  ],
  ["a graph", Buffer.from('{"wirespan":"graph","version":1}'), /is a graph, not a capture; pass it with --graph /],
  ["other text", Buffer.from("hello\n"), /not a capture file but text \(it begins with "hello"\); pass a pcap/],
  ["other bytes", hexBytes("00e00001"), /not a capture file \(it begins with 00e00001\); pass a pcap/],
] as const) {
  test(`${what} instead of a capture is named, with a fix`, (t) => {
    const path = temporaryFile(t, bytes, "given");
    assert.throws(
      () => openCaptureFile(path),
      (error) => {
        assert.ok(error instanceof CaptureFileError);
        assert.match(error.message, says);
        assert.ok(error.message.startsWith(`${path} `) && !error.message.includes("\n"), error.message);
        return true;
      },
    );
  });
}

test("a capture whose payload has CRLF line endings is read, whole or truncated", (t) => {
  const line = pcapFile([{ seconds: 1, fraction: 0, bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n") }]);
  assert.equal(readFile(temporaryFile(t, line)).packets.length, 1);
  const payload = Buffer.from("GET / HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n");
  const file = pcapFile([1, 2, 3].map((seconds) => ({ seconds, fraction: 0, bytes: payload })));
  assert.equal(readFile(temporaryFile(t, file)).packets.length, 3);
  const { packets, isTruncated } = readFile(temporaryFile(t, file.subarray(0, file.length - 20)));
  assert.deepEqual([packets.length, isTruncated], [2, true]);
});

test("text after the packets is named", (t) => {
  const stray = Buffer.from("80 packets captured\n80 packets received by filter\n");
  for (const file of [capture(4), PCAPNG]) {
    const { packets, error } = readFile(temporaryFile(t, Buffer.concat([file, stray])));
    assert.ok(packets.length > 0);
    assert.match(error ?? "", /text of another program \("80 packets captured"\)/);
  }
});

test("line endings of a terminal are named where they first occur late in the file", (t) => {
  const plain = Buffer.alloc(60, "no line ends in here ");
  const packets = Array.from({ length: 300 }, (_, i) => ({
    seconds: 0x61616161,
    fraction: 0x0b0b0b,
    bytes: i < 200 ? plain : Buffer.alloc(60, "many\nline\nends\n"),
  }));
  const { packets: read, error } = readFile(temporaryFile(t, throughTerminal(pcapFile(packets))));
  assert.ok(read.length >= 200);
  assert.match(
    error ?? "",
    /is damaged after packet \d+: line endings that a terminal changed, as kubectl exec -t does; packets/,
  );
});

for (const [bytes, size] of [
  ["x", "1 byte"],
  ["xy", "2 bytes"],
] as const) {
  test(`a file of ${size} is reported with its size`, (t) => {
    const path = temporaryFile(t, Buffer.from(bytes));
    assert.throws(() => openCaptureFile(path), new RegExp(`has only ${size}; record it again`));
  });
}
