import assert from "node:assert/strict";
import { test } from "node:test";
import { isSentHere } from "../../../src/decode/network/sender.ts";
import { Direction, LinkType } from "../../../src/model/packet.ts";
import { ethernet, ipv4, linuxSll, linuxSll2, udp } from "../../support/packet-builder.ts";

const ip = ipv4({ source: "10.1.0.1", destination: "10.1.0.1" }, udp(1, 2, new Uint8Array(0)));
const fromElsewhere = ethernet(ip).with(6, 2);
const toElsewhere = ethernet(ip).with(0, 2);
const { incoming, outgoing, unknown } = Direction;

for (const [name, linkType, frame, direction, expected] of [
  ["SLL, out", LinkType.linuxSll, linuxSll(4, ip), outgoing, true],
  ["SLL, in", LinkType.linuxSll, linuxSll(0, ip), incoming, false],
  ["SLL, in over the loopback", LinkType.linuxSll, linuxSll(0, ip, { isLoopback: true }), incoming, true],
  ["SLL2, out", LinkType.linuxSll2, linuxSll2(4, ip), outgoing, true],
  ["SLL2, in", LinkType.linuxSll2, linuxSll2(0, ip), incoming, false],
  ["SLL2, in over the loopback", LinkType.linuxSll2, linuxSll2(0, ip, { isLoopback: true }), incoming, true],
  ["Ethernet over the loopback", LinkType.ethernet, ethernet(ip), unknown, true],
  ["Ethernet from elsewhere", LinkType.ethernet, fromElsewhere, unknown, false],
  ["Ethernet to elsewhere", LinkType.ethernet, toElsewhere, unknown, false],
  ["without a link-layer header", LinkType.raw, ip.bytes, unknown, false],
] as const) {
  test(`${name}: ${expected ? "" : "not "}sent here`, () => {
    assert.equal(isSentHere(linkType, new DataView(frame.buffer, frame.byteOffset), 0, direction), expected);
  });
}
