import assert from "node:assert/strict";
import { test } from "node:test";
import { dnsBytes, ethernet, type IpPacket, ipv4, ipv6, packetOf, udp } from "../../support/packet-builder.ts";
import { Recorder } from "../support/recorder.ts";

const question = dnsBytes({ type: "query", id: 7, questions: [{ type: "A", name: "node.local" }] });
const answer = dnsBytes({
  type: "response",
  id: 7,
  questions: [{ type: "A", name: "node.local" }],
  answers: [{ type: "A", name: "node.local", data: "10.0.0.9" }],
});

/** The same question with the unicast-response bit. */
const wantsUnicast = question.slice();
wantsUnicast[wantsUnicast.length - 2] = 0x80;

const HOSTS = { source: "10.0.0.1", destination: "10.0.0.2" };
const HOSTS6 = { source: "fd00::1", destination: "fd00::2" };

function decoded(...packets: readonly IpPacket[]): [messages: number, ignored: unknown] {
  const recorder = new Recorder([53, 5_353]);
  for (const packet of packets) recorder.decoder.decode(packetOf(ethernet(packet)));
  return [recorder.messages.length, recorder.ignored];
}

const MULTICAST: readonly (readonly [name: string, packet: IpPacket])[] = [
  ["a question to the group", ipv4({ ...HOSTS, destination: "224.0.0.251" }, udp(5_353, 5_353, question))],
  ["a question to the group of IPv6", ipv6({ ...HOSTS6, destination: "ff02::fb" }, udp(5_353, 5_353, question))],
  [
    "a simple resolver's question to the group",
    ipv4({ ...HOSTS, destination: "224.0.0.251" }, udp(40_000, 5_353, question)),
  ],
  ["an answer to the group", ipv4({ ...HOSTS, destination: "224.0.0.251" }, udp(5_353, 5_353, answer))],
  ["an answer to the one who asked", ipv4(HOSTS, udp(5_353, 5_353, answer))],
  ["a question to one speaker", ipv6(HOSTS6, udp(5_353, 5_353, question))],
  ["a question that wants its answer by unicast", ipv4(HOSTS, udp(40_000, 5_353, wantsUnicast))],
  ["a question to the group of LLMNR", ipv6({ ...HOSTS6, destination: "ff02::1:3" }, udp(40_000, 5_353, question))],
];
for (const [name, packet] of MULTICAST) {
  test(`${name} is multicast DNS, and is ignored`, () => {
    assert.deepEqual(decoded(packet, packet), [0, { multicast_dns: 2 }]);
  });
}

test("questions to a DNS pod on the port of multicast DNS, and its answers, are messages", () => {
  const server = { source: HOSTS.destination, destination: HOSTS.source };
  assert.deepEqual(decoded(ipv4(HOSTS, udp(40_000, 5_353, question)), ipv4(server, udp(5_353, 40_000, answer))), [
    2,
    {},
  ]);
  assert.deepEqual(decoded(ipv4({ ...HOSTS, destination: "224.0.1.251" }, udp(40_000, 5_353, question))), [1, {}]);
  assert.deepEqual(decoded(ipv6({ ...HOSTS6, destination: "fe80::fb" }, udp(40_000, 5_353, question))), [1, {}]);
});
