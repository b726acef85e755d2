import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkType } from "../../../src/model/packet.ts";
import { concat, hex, ipv4, packetOf, type TcpOptions, tcp } from "../../support/packet-builder.ts";
import { record } from "../support/recorder.ts";

const ports = { sourcePort: 40000, destinationPort: 8080 };

function packet(options: TcpOptions, tcpOptions: Uint8Array = new Uint8Array(0)) {
  const { protocol, bytes } = tcp(options);
  const withOptions = concat(bytes.slice(0, 20), tcpOptions, bytes.slice(20));
  if (tcpOptions.length > 0) withOptions[12] = (5 + tcpOptions.length / 4) << 4;
  const ip = ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }, { protocol, bytes: withOptions });
  return packetOf(ip.bytes, { linkType: LinkType.raw });
}

for (const [name, flags, isReported] of [
  ["SYN", 0x02, true],
  ["SYN with ECE and CWR (ECN)", 0xc2, true],
  ["SYN-ACK", 0x12, true],
  ["SYN-ACK with ECE", 0x52, true],
  ["RST", 0x04, true],
  ["RST-ACK", 0x14, true],
  ["FIN-ACK", 0x11, false],
  ["ACK", 0x10, false],
  ["PSH-ACK", 0x18, false],
  ["no flag at all", 0x00, false],
] as const) {
  test(`a segment with ${name} is ${isReported ? "decoded" : "uninteresting"}`, () => {
    const { segments, ignored } = record(packet({ ...ports, flags }));
    assert.deepEqual(
      segments.map((segment) => segment.flags),
      isReported ? [flags] : [],
    );
    assert.deepEqual(ignored, isReported ? {} : { uninteresting: 1 });
  });
}

test("numbers are signed 32-bit integers, ports are not", () => {
  const [segment] = record(
    packet({
      sourcePort: 65535,
      destinationPort: 32768,
      flags: 0x12,
      sequence: 0xfffffffe,
      acknowledgement: 0x80000000,
    }),
  ).segments;
  assert.deepEqual(
    [segment?.source, segment?.destination, segment?.sequence, segment?.acknowledgement],
    ["10.0.0.1 65535", "10.0.0.2 32768", -2, -0x80000000],
  );
});

test("the data of a TCP Fast Open SYN is payload", () => {
  const [segment] = record(packet({ ...ports, flags: 0x02, payload: new Uint8Array(77) })).segments;
  assert.equal(segment?.payloadLength, 77);
});

const TIMESTAMPS: readonly [string, string, number | null][] = [
  ["Linux's usual options", "020405b4 0402080a 9234abcd 00000000 01030307", 0x9234abcd | 0],
  ["a timestamp at the end", "01010101 0101080a 00000001 00000000", 1],
  ["no options", "", null],
  ["a timestamp behind the end of options", "00010101 0101080a 00000001 00000000", null],
  ["a timestamp of the wrong length", "080b0000 00010000 00000000", null],
  ["an option without length", "0101 0105", null],
  ["an option of length 0", "05000101", null],
  ["a timestamp that goes beyond the header", "0101080a 00000001", null],
];

for (const [name, options, expected] of TIMESTAMPS) {
  test(`a SYN with ${name} has the timestamp ${expected}`, () => {
    const [segment] = record(packet({ ...ports, flags: 0x02 }, hex(options))).segments;
    assert.equal(segment?.hasTimestamp, expected !== null);
    if (expected !== null) assert.equal(segment?.timestampValue, expected);
  });
}

test("a SYN with truncated options has no timestamp", () => {
  const whole = packet({ ...ports, flags: 0x02, timestampValue: 5 });
  const { segments } = record({ ...whole, captureLength: 42 });
  assert.deepEqual(
    segments.map(({ hasTimestamp, payloadLength }) => [hasTimestamp, payloadLength]),
    [[false, 0]],
  );
});

test("a SYN does not have the timestamp of the previous one", () => {
  const { segments } = record(
    packet({ ...ports, flags: 0x02, timestampValue: 5 }),
    packet({ ...ports, flags: 0x02 }),
    packet({ ...ports, flags: 0x04, timestampValue: 5 }),
  );
  assert.deepEqual(
    segments.map(({ hasTimestamp }) => hasTimestamp),
    [true, false, false],
  );
});

test("a header length below 20 or after the end of the packet is malformed", () => {
  for (const words of [4, 6, 15]) {
    const wrong = packet({ ...ports, flags: 0x02 });
    wrong.bytes[20 + 12] = words << 4;
    assert.deepEqual(record(wrong).ignored, { malformed: 1 });
  }
});
