import assert from "node:assert/strict";
import { test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { ethernet, type IpPayload, ipv4, tcp, udp } from "../support/packet-builder.ts";
import { file, temporaryFolder, wirespan } from "./support/wirespan.ts";

const SYN = 0x02;
const SYN_ACK = 0x12;
const CLIENT = "10.1.1.1";
const SERVER = "10.2.2.2";

function packet(seconds: number, payload: IpPayload, source = CLIENT, destination = SERVER) {
  return { seconds, fraction: 0, bytes: ethernet(ipv4({ source, destination }, payload)) };
}
const syn = tcp({ sourcePort: 40_000, destinationPort: 80, flags: SYN });

const CASES = [
  { name: "an attempt that is open at the end", packets: [packet(1, syn)], says: /: 1 open when the capture ends\n/ },
  {
    name: "connections on the loopback",
    packets: [packet(1, syn, "127.0.0.1", "127.0.0.1")],
    says: /: 1 on the loopback\n/,
  },
  {
    name: "DNS over TCP",
    packets: [packet(1, tcp({ sourcePort: 40_000, destinationPort: 53, flags: SYN }))],
    says: /: 1 DNS itself\n/,
  },
  {
    name: "an answer to what was before the capture",
    packets: [packet(1, tcp({ sourcePort: 80, destinationPort: 40_000, flags: SYN_ACK }), SERVER, CLIENT)],
    says: /no whole TCP handshake .*: 1 of TCP connections that began before the capture; capture while/,
  },
  {
    name: "other traffic",
    packets: [packet(1, udp(5000, 6000, new Uint8Array(20)))],
    says: /no whole TCP handshake .*: 1 neither handshake nor DNS; capture while/,
  },
] as const;

for (const { name, packets, says } of CASES) {
  test(`a capture of ${name} says that this is why nothing is drawn`, async (t) => {
    const run = await wirespan(["replay", file(temporaryFolder(t), "a.pcap", pcapFile(packets))]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /wirespan: nothing to draw: /);
    assert.match(run.stderr, says);
  });
}
