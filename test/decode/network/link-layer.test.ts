import assert from "node:assert/strict";
import { test } from "node:test";
import { Direction, LinkType } from "../../../src/model/packet.ts";
import { concat, ethernet, hex, ipv4, ipv6, linuxSll, linuxSll2, packetOf, tcp } from "../../support/packet-builder.ts";
import { Recorder, record } from "../support/recorder.ts";

const syn = tcp({ sourcePort: 40000, destinationPort: 80, flags: 0x02, sequence: 7 });
const version4 = ipv4({ source: "10.1.0.1", destination: "10.1.0.2" }, syn);
const version6 = ipv6({ source: "fd00::1", destination: "fd00::2" }, syn);

const PPPOE = "8864 11 00 0001 0040";
const MAC = "0202 0202 0202 0404 0404 0404";

const READ: readonly [string, number, Uint8Array, Direction][] = [
  ["Ethernet", LinkType.ethernet, ethernet(version4), Direction.unknown],
  ["Ethernet with IPv6", LinkType.ethernet, ethernet(version6), Direction.unknown],
  ["a VLAN tag", LinkType.ethernet, ethernet(version4, 11), Direction.unknown],
  ["QinQ (802.1ad)", LinkType.ethernet, ethernet(version6, 5, 11), Direction.unknown],
  ["three tags", LinkType.ethernet, ethernet(version4, 5, 6, 7), Direction.unknown],
  ["old QinQ", LinkType.ethernet, concat(hex(`${MAC} 9100 0005 8100 000b 0800`), version4.bytes), Direction.unknown],
  ["PPPoE", LinkType.ethernet, concat(hex(`${MAC} ${PPPOE} 0021`), version4.bytes), Direction.unknown],
  ["PPPoE with IPv6", LinkType.ethernet, concat(hex(`${MAC} ${PPPOE} 0057`), version6.bytes), Direction.unknown],
  ["SLL to us", LinkType.linuxSll, linuxSll(0, version4), Direction.incoming],
  ["SLL broadcast", LinkType.linuxSll, linuxSll(1, version4), Direction.incoming],
  ["SLL multicast", LinkType.linuxSll, linuxSll(2, version4), Direction.incoming],
  ["SLL to another host", LinkType.linuxSll, linuxSll(3, version6), Direction.incoming],
  ["SLL from us", LinkType.linuxSll, linuxSll(4, version4), Direction.outgoing],
  ["SLL of another kind", LinkType.linuxSll, linuxSll(7, version4), Direction.unknown],
  ["SLL2 to us", LinkType.linuxSll2, linuxSll2(0, version6), Direction.incoming],
  ["SLL2 to another host", LinkType.linuxSll2, linuxSll2(3, version4), Direction.incoming],
  ["SLL2 from us", LinkType.linuxSll2, linuxSll2(4, version4), Direction.outgoing],
  ["raw IP, DLT 12", LinkType.rawDlt12, version4.bytes, Direction.unknown],
  ["raw IP, DLT 14", LinkType.rawDlt14, version6.bytes, Direction.unknown],
  ["raw IP", LinkType.raw, version4.bytes, Direction.unknown],
  ["raw IPv4", LinkType.ipv4, version4.bytes, Direction.unknown],
  ["raw IPv6", LinkType.ipv6, version6.bytes, Direction.unknown],
  ["NULL, little-endian", LinkType.null, concat(hex("02000000"), version4.bytes), Direction.unknown],
  ["NULL, big-endian", LinkType.null, concat(hex("00000002"), version4.bytes), Direction.unknown],
  ["NULL with FreeBSD's IPv6", LinkType.null, concat(hex("1c000000"), version6.bytes), Direction.unknown],
  ["LOOP with macOS's IPv6", LinkType.loop, concat(hex("0000001e"), version6.bytes), Direction.unknown],
];

for (const [name, linkType, frame, direction] of READ) {
  test(`a SYN is decoded after ${name}`, () => {
    const { segments } = record(packetOf(frame, { linkType }));
    assert.equal(segments.length, 1);
    assert.equal(segments[0]?.direction, direction);
    assert.match(segments[0]?.source ?? "", /^(10\.1\.0\.1|fd00::1) 40000$/);
  });

  test(`a frame with ${name}, truncated at any byte, is ignored as truncated`, () => {
    const recorder = new Recorder();
    for (let captureLength = 0; captureLength < frame.length; captureLength++) {
      recorder.decoder.decode(packetOf(frame, { linkType, captureLength }));
      assert.deepEqual([recorder.segments.length, recorder.ignored], [0, { truncated: captureLength + 1 }]);
    }
  });
}

const IGNORED: readonly [string, number, Uint8Array, string][] = [
  ["an unknown link type", 147, version4.bytes, "link_type"],
  ["NFLOG", 239, version4.bytes, "link_type"],
  ["ARP", LinkType.ethernet, hex(`${MAC} 0806 0001 0800 0604 0001`), "not_ip"],
  ["an 802.3 length instead of an EtherType", LinkType.ethernet, hex(`${MAC} 0026 4242 0300`), "not_ip"],
  ["ARP behind a VLAN tag", LinkType.ethernet, hex(`${MAC} 8100 0007 0806 0001`), "not_ip"],
  ["PPPoE's link control", LinkType.ethernet, hex(`${MAC} ${PPPOE} c021`), "not_ip"],
  ["another IP version", LinkType.raw, hex("50000014"), "malformed"],
  ["a frame that was never longer than its header's half", LinkType.ethernet, hex("020202020202"), "malformed"],
];

for (const [name, linkType, frame, reason] of IGNORED) {
  test(`${name} is ignored as ${reason}`, () => {
    const { segments, ignored } = record(packetOf(frame, { linkType }));
    assert.deepEqual([segments.length, ignored], [0, { [reason]: 1 }]);
  });
}

test("a frame is decoded at its offset in the buffer", () => {
  const frame = ethernet(version4);
  const bytes = concat(new Uint8Array(100).fill(0xff), frame, new Uint8Array(50).fill(0xff));
  const packet = packetOf(bytes, { offset: 100, captureLength: frame.length, length: frame.length });
  assert.equal(record(packet).segments.length, 1);
});
