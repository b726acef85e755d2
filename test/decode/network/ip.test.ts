import assert from "node:assert/strict";
import { test } from "node:test";
import { Direction, LinkType } from "../../../src/model/packet.ts";
import {
  concat,
  dnsBytes,
  ethernet,
  extensionHeader,
  type IpPayload,
  ipv4,
  ipv6,
  packetOf,
  tcp,
  udp,
} from "../../support/packet-builder.ts";
import { record } from "../support/recorder.ts";

const version4 = { source: "192.0.2.1", destination: "198.51.100.9" };
const version6 = { source: "2001:db8::1", destination: "2001:db8:0:1::a" };
const syn = tcp({ sourcePort: 40000, destinationPort: 443, flags: 0x02, sequence: -5 });
const query = dnsBytes({ type: "query", id: 3, questions: [{ type: "A", name: "a.example" }] });
const raw = (bytes: Uint8Array) => packetOf(bytes, { linkType: LinkType.raw });

test("addresses are in network byte order", () => {
  const [four] = record(raw(ipv4(version4, syn).bytes)).segments;
  assert.deepEqual([four?.source, four?.destination], ["192.0.2.1 40000", "198.51.100.9 443"]);
  const [six] = record(raw(ipv6(version6, syn).bytes)).segments;
  assert.deepEqual([six?.source, six?.destination], ["2001:db8::1 40000", "2001:db8:0:1::a 443"]);
});

test("IPv4 options are skipped", () => {
  const options = new Uint8Array(40).fill(1);
  const { segments } = record(raw(ipv4({ ...version4, options }, syn).bytes));
  assert.equal(segments[0]?.destination, "198.51.100.9 443");
});

test("the padding of a short Ethernet frame is not payload", () => {
  const padding = new Uint8Array(26).fill(0xaa);
  for (const packet of [ipv4(version4, syn), ipv6(version6, syn)]) {
    const { segments } = record(packetOf(concat(ethernet(packet), padding)));
    assert.equal(segments[0]?.payloadLength, 0);
  }
  const { messages } = record(packetOf(concat(ethernet(ipv4(version4, udp(4000, 53, query))), padding)));
  const [bare] = record(packetOf(ethernet(ipv4(version4, udp(4000, 53, query))))).messages;
  assert.equal(messages[0]?.fingerprint, bare?.fingerprint);
});

test("with a total length of 0, as segmentation offload writes it, the datagram ends with the frame", () => {
  const payload = tcp({ sourcePort: 1, destinationPort: 2, flags: 0x02, payload: new Uint8Array(300) });
  for (const packet of [
    ipv4({ ...version4, totalLength: 0 }, payload),
    ipv6({ ...version6, totalLength: 0 }, payload),
  ]) {
    assert.equal(record(raw(packet.bytes)).segments[0]?.payloadLength, 300);
  }
});

test("the IP header has the length of the payload, also of a truncated one", () => {
  const payload = tcp({ sourcePort: 1, destinationPort: 2, flags: 0x02, payload: new Uint8Array(300) });
  const { bytes } = ipv4(version4, payload);
  const [segment] = record({ ...raw(bytes), captureLength: 60 }).segments;
  assert.equal(segment?.payloadLength, 300);
});

const chain = (...types: readonly number[]): IpPayload =>
  types.reduceRight<IpPayload>((payload, type) => extensionHeader(type, 2, payload), syn);

for (const [name, payload] of [
  ["hop-by-hop options", chain(0)],
  ["a routing header", chain(43)],
  ["destination options", chain(60)],
  ["a mobility header", chain(135)],
  ["all of them", chain(0, 60, 43, 135, 60)],
] as const) {
  test(`a SYN is decoded after IPv6 ${name}`, () => {
    const { segments } = record(raw(ipv6(version6, payload).bytes));
    assert.equal(segments[0]?.destination, "2001:db8:0:1::a 443");
  });
}

test("a SYN is decoded after an authentication header, whose length is in units of four bytes", () => {
  const header = new Uint8Array(24);
  header[0] = 6;
  header[1] = 4;
  const { segments } = record(raw(ipv6(version6, { protocol: 51, bytes: concat(header, syn.bytes) }).bytes));
  assert.equal(segments.length, 1);
});

test("an atomic IPv6 fragment is a whole datagram", () => {
  const { segments, ignored } = record(raw(ipv6({ ...version6, moreFragments: false }, syn).bytes));
  assert.deepEqual([segments.length, ignored], [1, {}]);
});

test("an IPv6 fragment header before destination options is decoded", () => {
  const payload = extensionHeader(60, 1, syn);
  const { segments } = record(raw(ipv6({ ...version6, moreFragments: false }, payload).bytes));
  assert.equal(segments.length, 1);
});

const inner = ipv4(version4, syn).bytes;
for (const [name, payload] of [
  ["VXLAN", udp(50000, 4789, concat(new Uint8Array(8), ethernet(ipv4(version4, syn))))],
  ["VXLAN of flannel", udp(50000, 8472, concat(new Uint8Array(8), ethernet(ipv4(version4, syn))))],
  ["Geneve", udp(50000, 6081, concat(new Uint8Array(8), ethernet(ipv4(version4, syn))))],
  ["IP in IP", { protocol: 4, bytes: inner }],
  ["GRE", { protocol: 47, bytes: concat(Uint8Array.of(0, 0, 8, 0), inner) }],
  ["ESP", { protocol: 50, bytes: inner }],
] as const) {
  test(`${name} is not decapsulated: the inner packet is captured on the interface of the tunnel`, () => {
    for (const packet of [ipv4(version4, payload), ipv6(version6, payload)]) {
      const { segments, ignored } = record(raw(packet.bytes));
      assert.deepEqual([segments.length, ignored], [0, { uninteresting: 1 }]);
    }
  });
}

test("inconsistent lengths are malformed", () => {
  const short = ipv4(version4, syn).bytes.slice();
  short[0] = 0x44;
  assert.deepEqual(record(raw(short)).ignored, { malformed: 1 });
  assert.deepEqual(record(raw(ipv4({ ...version4, totalLength: 19 }, syn).bytes)).ignored, { malformed: 1 });
  const endless = extensionHeader(0, 1, syn);
  endless.bytes[1] = 200;
  assert.deepEqual(record(raw(ipv6(version6, endless).bytes)).ignored, { malformed: 1 });
});

test("a datagram has the time of its packet, and no direction on a link type without one", () => {
  const packet = { ...raw(ipv4(version4, syn).bytes), timeMicros: 1_795_417_363_733_825.5 };
  const [segment] = record(packet).segments;
  assert.deepEqual([segment?.timeMicros, segment?.direction], [1_795_417_363_733_825.5, Direction.unknown]);
});
