import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, ethernet, type IpPacket, ipv4, ipv6, packetOf, tcp, udp } from "../../support/packet-builder.ts";
import { record } from "../support/recorder.ts";

const OUTER = { source: "192.168.1.1", destination: "192.168.1.2" };
const OUTER6 = { source: "fd00::1", destination: "fd00::2" };
const inner = ipv4(
  { source: "10.1.0.1", destination: "10.1.0.2" },
  tcp({ sourcePort: 4_000, destinationPort: 80, flags: 2 }),
);
const frame = concat(new Uint8Array(8), ethernet(inner));
const carried = (protocol: number) => ({ protocol, bytes: inner.bytes });

const CASES: readonly (readonly [name: string, packet: IpPacket, reason: string])[] = [
  ["VXLAN", ipv4(OUTER, udp(50_000, 4_789, frame)), "vxlan"],
  ["VXLAN on Linux's own port", ipv4(OUTER, udp(50_000, 8_472, frame)), "vxlan"],
  ["VXLAN over IPv6", ipv6(OUTER6, udp(50_000, 4_789, frame)), "vxlan"],
  ["Geneve", ipv4(OUTER, udp(50_000, 6_081, frame)), "geneve"],
  ["GRE", ipv4(OUTER, carried(47)), "gre"],
  ["GRE over IPv6", ipv6(OUTER6, carried(47)), "gre"],
  ["IPv4 in IPv4", ipv4(OUTER, carried(4)), "ip_in_ip"],
  ["IPv6 in IPv4", ipv4(OUTER, carried(41)), "ip_in_ip"],
  ["IPv4 in IPv6", ipv6(OUTER6, carried(4)), "ip_in_ip"],
  ["WireGuard", ipv4(OUTER, udp(51_820, 51_820, frame)), "encrypted"],
  ["ESP", ipv4(OUTER, carried(50)), "encrypted"],
  ["ESP over IPv6", ipv6(OUTER6, carried(50)), "encrypted"],
  ["OSPF", ipv4(OUTER, carried(89)), "uninteresting"],
  ["another port of UDP", ipv4(OUTER, udp(4_789, 50_000, frame)), "uninteresting"],
];
for (const [name, packet, reason] of CASES) {
  test(`${name} is counted as ${reason}, and not decapsulated`, () => {
    const { segments, ignored, counters } = record(packetOf(ethernet(packet)));
    assert.deepEqual([segments.length, ignored], [0, { uninteresting: 1 }]);
    const tunnels = Object.entries(counters.tunnels).filter(([, count]) => count > 0);
    assert.deepEqual(tunnels, reason === "uninteresting" ? [] : [[reason, 1]]);
  });
}
