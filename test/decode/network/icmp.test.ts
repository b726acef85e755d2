import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkType } from "../../../src/model/packet.ts";
import { type IpPacket, icmp, icmpv6, ipv4, ipv6, packetOf, tcp, udp } from "../../support/packet-builder.ts";
import { record } from "../support/recorder.ts";

const version4 = { source: "10.1.0.1", destination: "10.96.0.9" };
const version6 = { source: "fd00::1", destination: "fd96::9" };
const syn = tcp({ sourcePort: 40000, destinationPort: 80, flags: 0x02, sequence: 0xf0000000 });
const router4 = { source: "192.0.2.254", destination: "10.1.0.1" };
const router6 = { source: "2001:db8::fe", destination: "fd00::1" };

function packet({ bytes }: IpPacket) {
  return packetOf(bytes, { linkType: LinkType.raw, timeMicros: 12 });
}

const VERDICTS4 = [
  "network_unreachable",
  "host_unreachable",
  "host_unreachable",
  "refused",
  null,
  "host_unreachable",
  "network_unreachable",
  "host_unreachable",
  "host_unreachable",
  "network_unreachable",
  "host_unreachable",
  "network_unreachable",
  "host_unreachable",
  "host_unreachable",
] as const;

for (const [code, verdict] of VERDICTS4.entries()) {
  test(`ICMP destination unreachable with code ${code} is ${verdict ?? "uninteresting"}`, () => {
    const { quotes, segments, ignored } = record(packet(ipv4(router4, icmp(code, ipv4(version4, syn).bytes))));
    assert.deepEqual(
      quotes.map((quote) => quote.verdict),
      verdict === null ? [] : [verdict],
    );
    assert.deepEqual([segments.length, ignored], [0, verdict === null ? { uninteresting: 1 } : {}]);
  });
}

for (const [code, verdict] of [
  "network_unreachable",
  "host_unreachable",
  "host_unreachable",
  "host_unreachable",
  "refused",
  "host_unreachable",
  "host_unreachable",
].entries()) {
  test(`ICMPv6 destination unreachable with code ${code} is ${verdict}`, () => {
    const [quote] = record(packet(ipv6(router6, icmpv6(code, ipv6(version6, syn).bytes)))).quotes;
    assert.equal(quote?.verdict, verdict);
  });
}

test("time exceeded means a host that cannot be reached, as it does to connect()", () => {
  const [quote4] = record(packet(ipv4(router4, icmp(0, ipv4(version4, syn).bytes, 11)))).quotes;
  const [quote6] = record(packet(ipv6(router6, icmpv6(0, ipv6(version6, syn).bytes, 3)))).quotes;
  assert.deepEqual([quote4?.verdict, quote6?.verdict], ["host_unreachable", "host_unreachable"]);
});

test("a quote has the addresses of the quoted segment, and needs 8 bytes of its TCP header", () => {
  const quoted = ipv4({ ...version4, options: new Uint8Array(8).fill(1) }, syn).bytes;
  const { quotes } = record(packet(ipv4(router4, icmp(3, quoted.slice(0, 36)))));
  assert.deepEqual(quotes, [
    {
      timeMicros: 12,
      verdict: "refused",
      sequence: 0xf0000000 | 0,
      isOwnSyn: false,
      isSentHere: false,
      source: "10.1.0.1 40000",
      destination: "10.96.0.9 80",
    },
  ]);
});

for (const [name, error, quoted, isOwn] of [
  ["to itself about its own SYN", { source: "10.1.0.1", destination: "10.1.0.1" }, ipv4(version4, syn).bytes, true],
  ["to another host", router4, ipv4(version4, syn).bytes, false],
  ["to itself about another's SYN", { source: "10.1.0.2", destination: "10.1.0.2" }, ipv4(version4, syn).bytes, false],
  [
    "to itself about its own data",
    { source: "10.1.0.1", destination: "10.1.0.1" },
    ipv4(version4, tcp({ sourcePort: 40000, destinationPort: 80, flags: 0x10 })).bytes,
    false,
  ],
  [
    "to itself without the flags",
    { source: "10.1.0.1", destination: "10.1.0.1" },
    ipv4(version4, syn).bytes.slice(0, 28),
    false,
  ],
] as const) {
  test(`an error of a host ${name} is ${isOwn ? "" : "not "}marked as one for its own SYN`, () => {
    const [quote] = record(packet(ipv4(error, icmp(3, quoted)))).quotes;
    assert.equal(quote?.isOwnSyn, isOwn);
  });
}

const query = new Uint8Array(40);

for (const [name, ip, ignored] of [
  ["an echo request", ipv4(router4, icmp(0, query, 8)), "uninteresting"],
  ["source quench", ipv4(router4, icmp(0, ipv4(version4, syn).bytes, 4)), "uninteresting"],
  ["packet too big", ipv6(router6, icmpv6(0, ipv6(version6, syn).bytes, 2)), "uninteresting"],
  ["a neighbour solicitation", ipv6(router6, icmpv6(0, query, 135)), "uninteresting"],
  ["a quoted DNS query", ipv4(router4, icmp(3, ipv4(version4, udp(40000, 53, query)).bytes)), "uninteresting"],
  ["a quoted DNS query over IPv6", ipv6(router6, icmpv6(4, ipv6(version6, udp(1, 53, query)).bytes)), "uninteresting"],
  [
    "a quoted later fragment",
    ipv4(router4, icmp(1, ipv4({ ...version4, fragmentOffset: 8 }, syn).bytes)),
    "uninteresting",
  ],
  ["a quote without 8 bytes of TCP", ipv4(router4, icmp(3, ipv4(version4, syn).bytes.slice(0, 27))), "malformed"],
  ["a quote without a whole IP header", ipv4(router4, icmp(3, ipv4(version4, syn).bytes.slice(0, 19))), "malformed"],
  ["a quote of another IP version", ipv4(router4, icmp(3, ipv6(version6, syn).bytes)), "malformed"],
  ["no quote", ipv4(router4, icmp(3, new Uint8Array(0))), "malformed"],
] as const) {
  test(`${name} does not end a connection`, () => {
    const recorded = record(packet(ip));
    assert.deepEqual([recorded.quotes.length, recorded.messages.length, recorded.segments.length], [0, 0, 0]);
    assert.deepEqual(recorded.ignored, { [ignored]: 1 });
  });
}

test("a quote that the capture truncated is ignored as truncated", () => {
  const whole = packet(ipv4(router4, icmp(3, ipv4(version4, syn).bytes)));
  assert.deepEqual(record({ ...whole, captureLength: 54 }).ignored, { truncated: 1 });
});
