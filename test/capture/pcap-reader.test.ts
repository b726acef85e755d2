import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PcapReader } from "../../src/capture/pcap-reader.ts";
import { type PcapOptions, pcapFile, pcapHeader } from "./support/capture-bytes.ts";
import { readChunks } from "./support/read-all.ts";

const PACKETS = [
  { seconds: 1_795_417_363, fraction: 733_825, bytes: Buffer.from("0102030405", "hex") },
  { seconds: 1_795_417_363, fraction: 733_826, bytes: Buffer.alloc(0) },
  { seconds: 4_294_967_295, fraction: 999_999, bytes: Buffer.from("ff", "hex"), length: 1500 },
];
const READ = [
  { timeMicros: 1_795_417_363_733_825, length: 5, linkType: 1, hex: "0102030405" },
  { timeMicros: 1_795_417_363_733_826, length: 0, linkType: 1, hex: "" },
  { timeMicros: 4_294_967_295_999_999, length: 1500, linkType: 1, hex: "ff" },
];

const VARIANTS: readonly [string, PcapOptions][] = [
  ["little-endian microseconds", { order: "little" }],
  ["big-endian microseconds", { order: "big" }],
  ["little-endian modified", { order: "little", magic: 0xa1b2cd34 }],
  ["big-endian modified", { order: "big", magic: 0xa1b2cd34 }],
];
for (const [name, options] of VARIANTS) {
  test(`a ${name} file is read whole with any size of reads`, () => {
    const file = pcapFile(PACKETS, options);
    for (const chunk of [1, 7, 16, file.length]) {
      assert.deepEqual(readChunks(PcapReader, file, chunk), { packets: READ, isTruncated: false, error: null });
    }
  });
}

for (const order of ["little", "big"] as const) {
  test(`a ${order}-endian nanosecond file has exact microseconds and fractions of them`, () => {
    const bytes = Buffer.from("00", "hex");
    const packets = [
      { seconds: 1_795_417_363, fraction: 733_825_000, bytes },
      { seconds: 1, fraction: 1_500, bytes },
    ];
    const { packets: read } = readChunks(PcapReader, pcapFile(packets, { order, magic: 0xa1b23c4d }));
    assert.deepEqual(
      read.map(({ timeMicros }) => timeMicros),
      [1_795_417_363_733_825, 1_000_001.5],
    );
  });
}

test("the link type excludes the bits of the frame check sequence", () => {
  const { packets } = readChunks(PcapReader, pcapFile(PACKETS, { linkType: 0x14000071 }));
  assert.equal(packets[0]?.linkType, 113);
});

test("a file with only a header has no packets and is not truncated", () => {
  assert.deepEqual(readChunks(PcapReader, pcapHeader()), { packets: [], isTruncated: false, error: null });
});

test("the two lengths are swapped in versions before 2.3", () => {
  const packet = { seconds: 1, fraction: 0, bytes: Buffer.alloc(4), length: 90 };
  const file = pcapFile([packet], { version: [2, 2] });
  file.writeUInt32LE(90, 24 + 8);
  file.writeUInt32LE(4, 24 + 12);
  assert.deepEqual(readChunks(PcapReader, file).packets, [
    { timeMicros: 1e6, length: 90, linkType: 1, hex: "00000000" },
  ]);
});

test("an unknown version is reported with a fix", () => {
  const { error } = readChunks(PcapReader, pcapHeader({ version: [3, 0] }));
  assert.match(error ?? "", /version 3\.0.*convert/);
});

test("an invalid record length is an error after the packets before it", () => {
  const file = Buffer.concat([pcapFile(PACKETS), Buffer.alloc(400, 0xee)]);
  const { packets, error } = readChunks(PcapReader, file);
  assert.deepEqual(packets, READ);
  assert.match(error ?? "", /damaged after packet 3/);
});

test("a file that ends at any byte returns its whole packets and is truncated", () => {
  const file = pcapFile(PACKETS);
  const ends = [24, 24 + 21, 24 + 21 + 16, file.length];
  for (let length = 0; length < file.length; length++) {
    const { packets, isTruncated, error } = readChunks(PcapReader, file.subarray(0, length));
    if (length < 24) assert.match(error ?? "", /truncated inside its file header/);
    else {
      assert.equal(error, null);
      assert.deepEqual(packets, READ.slice(0, ends.filter((end) => end <= length).length - 1));
      assert.equal(isTruncated, !ends.includes(length), `at ${length}`);
    }
  }
});

test("any bytes after a header are packets, a truncation or an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (bytes, chunk) => {
      const { packets } = readChunks(PcapReader, Buffer.concat([pcapHeader(), bytes]), chunk);
      assert.ok(packets.length <= bytes.length / 16);
    }),
  );
});
