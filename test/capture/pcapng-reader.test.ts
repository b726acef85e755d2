import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PcapngReader } from "../../src/capture/pcapng-reader.ts";
import {
  block,
  enhancedPacket,
  interfaceBlock,
  obsoletePacket,
  option,
  sectionHeader,
  simplePacket,
} from "./support/capture-bytes.ts";
import { readChunks } from "./support/read-all.ts";

const MICROS = 1_795_417_363_733_825n;
const BYTES = Buffer.from("0102030405", "hex");

function times(file: Uint8Array): readonly number[] {
  return readChunks(PcapngReader, file).packets.map(({ timeMicros }) => timeMicros);
}

for (const order of ["little", "big"] as const) {
  test(`a ${order}-endian file returns enhanced, simple and obsolete packets and skips other blocks`, () => {
    const file = Buffer.concat([
      sectionHeader(order),
      interfaceBlock(order, 1, 4),
      block(order, 4, Buffer.alloc(16)),
      enhancedPacket(order, 0, MICROS, BYTES, { length: 90, options: [option(order, 1, Buffer.from("comment"))] }),
      block(order, 0x0bad, Buffer.alloc(40)),
      simplePacket(order, 90, BYTES.subarray(0, 4)),
      obsoletePacket(order, 0, MICROS + 1n, BYTES),
    ]);
    for (const chunk of [1, 13, file.length]) {
      assert.deepEqual(readChunks(PcapngReader, file, chunk), {
        packets: [
          { timeMicros: Number(MICROS), length: 90, linkType: 1, hex: "0102030405" },
          { timeMicros: Number(MICROS), length: 90, linkType: 1, hex: "01020304" },
          { timeMicros: Number(MICROS) + 1, length: 5, linkType: 1, hex: "0102030405" },
        ],
        isTruncated: false,
        error: null,
      });
    }
  });

  test(`each interface of a ${order}-endian file has its own time options`, () => {
    const seconds = Buffer.alloc(8);
    if (order === "little") seconds.writeBigInt64LE(-1n);
    else seconds.writeBigInt64BE(-1n);
    const file = Buffer.concat([
      sectionHeader(order),
      interfaceBlock(order, 1, 0, option(order, 2, Buffer.from("eth0")), option(order, 9, Buffer.from([9]))),
      interfaceBlock(order, 113, 0, option(order, 14, seconds), option(order, 0, Buffer.alloc(0))),
      enhancedPacket(order, 0, MICROS * 1000n, BYTES),
      enhancedPacket(order, 1, MICROS, BYTES),
    ]);
    const { packets } = readChunks(PcapngReader, file);
    assert.deepEqual(
      packets.map(({ timeMicros, linkType }) => [timeMicros, linkType]),
      [
        [Number(MICROS), 1],
        [Number(MICROS) - 1e6, 113],
      ],
    );
  });
}

test("each section has its own byte order and interfaces", () => {
  const file = Buffer.concat([
    sectionHeader("little"),
    interfaceBlock("little", 1),
    enhancedPacket("little", 0, 1n, BYTES),
    sectionHeader("big", [1, 2]),
    interfaceBlock("big", 276),
    enhancedPacket("big", 0, 2n, BYTES),
  ]);
  assert.deepEqual(
    readChunks(PcapngReader, file).packets.map(({ timeMicros, linkType }) => [timeMicros, linkType]),
    [
      [1, 1],
      [2, 276],
    ],
  );
});

test("a file without packets is not truncated", () => {
  assert.deepEqual(readChunks(PcapngReader, sectionHeader("little")), { packets: [], isTruncated: false, error: null });
});

test("a block larger than the window is skipped", () => {
  const file = Buffer.concat([
    sectionHeader("little"),
    interfaceBlock("little", 1),
    block("little", 0x0a, Buffer.alloc(3 << 20)),
    enhancedPacket("little", 0, 7n, BYTES),
  ]);
  assert.deepEqual(times(file), [7]);
});

const start = [sectionHeader("little"), interfaceBlock("little", 1), enhancedPacket("little", 0, 7n, BYTES)];
const wrongTrailer = enhancedPacket("little", 0, 8n, BYTES);
wrongTrailer.writeUInt32LE(99, wrongTrailer.length - 4);
const longCapture = enhancedPacket("little", 0, 8n, BYTES);
longCapture.writeUInt32LE(4000, 8 + 12);
const noMagic = sectionHeader("little");
noMagic.writeUInt32LE(0, 8);
const damages: readonly [string, Buffer, RegExp][] = [
  ["an invalid block length", Buffer.alloc(64, 0xee), /a block of 4008636142 bytes/],
  ["a length that is not a multiple of four", block("little", 5, Buffer.alloc(3)), /a block of 15 bytes/],
  ["two different lengths", wrongTrailer, /two different lengths/],
  ["a packet longer than its block", longCapture, /a packet of 4000 bytes/],
  ["a packet block that is too short", block("little", 6, Buffer.alloc(8)), /too short/],
  ["an interface that is too short", block("little", 1, Buffer.alloc(4)), /too short/],
  ["an unknown interface", enhancedPacket("little", 3, 8n, BYTES), /interface 3, which has no description block/],
  ["a section without byte order", noMagic, /byte-order magic/],
  ["a section of an unknown version", sectionHeader("little", [2, 0]), /version 2\.0.*convert/],
];
for (const [name, damage, message] of damages) {
  test(`${name} is an error after the packets before it`, () => {
    const { packets, error } = readChunks(PcapngReader, Buffer.concat([...start, damage]));
    assert.equal(packets.length, 1);
    assert.match(error ?? "", message);
  });
}

test("a file that ends at any byte returns its whole packets and is truncated", () => {
  const blocks = [...start, simplePacket("little", 5, BYTES), enhancedPacket("little", 0, 9n, BYTES)];
  const file = Buffer.concat(blocks);
  const ends = blocks.map((_, i) => Buffer.concat(blocks.slice(0, i + 1)).length);
  for (let length = 28; length < file.length; length++) {
    const { packets, isTruncated, error } = readChunks(PcapngReader, file.subarray(0, length));
    assert.equal(error, null);
    assert.equal(packets.length, Math.max(0, ends.filter((end) => end <= length).length - 2));
    assert.equal(isTruncated, !ends.includes(length), `at ${length}`);
  }
  for (let length = 4; length < 28; length++) {
    assert.match(readChunks(PcapngReader, file.subarray(0, length)).error ?? "", /is truncated/);
  }
});

test("any bytes in any block are packets, a truncation or an error", () => {
  const blocks = fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 5, 6, 0x0a0d0d0a), fc.uint8Array({ maxLength: 48 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 40 }), (list, chunk) => {
      const damaged = list.map(([type, body]) => block("little", type, body.subarray(0, body.length & ~3)));
      const { packets } = readChunks(PcapngReader, Buffer.concat([...start, ...damaged]), chunk);
      assert.ok(packets.length >= 1 && packets.length <= 1 + list.length);
    }),
  );
});
