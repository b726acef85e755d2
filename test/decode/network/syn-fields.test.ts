import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkType } from "../../../src/model/packet.ts";
import { ethernet, ipv4, ipv6, linuxSll, linuxSll2, packetOf, tcp } from "../../support/packet-builder.ts";
import { record } from "../support/recorder.ts";

const syn = (timestampValue?: number) =>
  tcp({
    sourcePort: 40_000,
    destinationPort: 80,
    flags: 0x02,
    window: 1_024,
    ...(timestampValue === undefined ? {} : { timestampValue }),
  });
const version4 = ipv4({ source: "10.0.0.1", destination: "10.0.0.2", id: 0xbeef, hops: 61 }, syn());
const version6 = ipv6({ source: "fd00::1", destination: "fd00::2", flowLabel: 0xabcde, hops: 62 }, syn());

test("a SYN has the identification or flow label, and the TTL or hop limit", () => {
  const { segments } = record(packetOf(ethernet(version4)), packetOf(ethernet(version6)));
  assert.deepEqual(
    segments.map(({ identification, hops }) => [identification, hops]),
    [
      [0xbeef, 61],
      [0xabcde, 62],
    ],
  );
});

test("a frame to another host is bridged, with each link type that shows it", () => {
  for (const [frame, linkType, isBridged] of [
    [linuxSll(3, version4), LinkType.linuxSll, true],
    [linuxSll2(3, version6), LinkType.linuxSll2, true],
    [linuxSll(0, version4), LinkType.linuxSll, false],
    [linuxSll2(4, version6), LinkType.linuxSll2, false],
    [ethernet(version4), LinkType.ethernet, false],
    [version4.bytes, LinkType.raw, false],
  ] as const) {
    const other = packetOf(linuxSll(3, version4), { linkType: LinkType.linuxSll });
    const { segments } = record(other, packetOf(frame, { linkType }));
    assert.deepEqual(
      segments.map((segment) => segment.isBridged),
      [true, isBridged],
    );
  }
});

test("the stack shape of a SYN is its window and the length of its header", () => {
  const shapes = [syn(), syn(7), syn(8)].map((payload) => {
    const packet = packetOf(ethernet(ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }, payload)));
    return record(packet).segments[0]?.stackShape;
  });
  assert.deepEqual(shapes, [(20 << 16) | 1_024, (32 << 16) | 1_024, (32 << 16) | 1_024]);
});
