import assert from "node:assert/strict";
import { test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { dnsBytes, ethernet, type IpPayload, ipv4, tcp, udp } from "../support/packet-builder.ts";

const SYN = 0x02;
const SYN_ACK = 0x12;
const CLIENT = "10.1.1.1";
const SERVER = "10.2.2.2";

function packet(seconds: number, payload: IpPayload, source = CLIENT, destination = SERVER) {
  return { seconds, fraction: 0, bytes: ethernet(ipv4({ source, destination }, payload)) };
}
const syn = tcp({ sourcePort: 40_000, destinationPort: 80, flags: SYN });

const CASES = [
  {
    name: "an attempt that is open at the end",
    packets: [packet(1, syn)],
    says: /: 1 cut off by the start or end of the capture /,
  },
  {
    name: "connections on the loopback interface",
    packets: [packet(1, syn, "127.0.0.1", "127.0.0.1")],
    says: /: 1 on the loopback interface\n/,
  },
  {
    name: "DNS over TCP",
    packets: [packet(1, tcp({ sourcePort: 40_000, destinationPort: 53, flags: SYN }))],
    says: /: 1 TCP connections for DNS\n/,
  },
  {
    name: "an answer to a SYN before the capture",
    packets: [packet(1, tcp({ sourcePort: 80, destinationPort: 40_000, flags: SYN_ACK }), SERVER, CLIENT)],
    says: /no complete TCP handshake .*: 1 of TCP connections that began before the capture; capture while/,
  },
  {
    name: "other traffic",
    packets: [packet(1, udp(5000, 6000, new Uint8Array(20)))],
    says: /no complete TCP handshake .*: 1 neither handshake nor DNS; capture while/,
  },
  {
    name: "a mirror that encapsulates everything in VXLAN",
    packets: [packet(1, udp(5000, 4789, new Uint8Array(80))), packet(2, udp(5000, 4789, new Uint8Array(80)))],
    says: /: 2 inside VXLAN \(UDP 4789 or 8472\); packets inside a tunnel are not read: capture on the nodes .* editcap -C 50\n/,
  },
  {
    name: "Geneve and WireGuard",
    packets: [packet(1, udp(5000, 6081, new Uint8Array(80))), packet(2, udp(5000, 51820, new Uint8Array(80)))],
    says: /: 1 inside Geneve \(UDP 6081\), 1 encrypted \(WireGuard, IPsec\); packets inside a tunnel .* outside the tunnel\n/,
  },
] as const;

for (const { name, packets, says } of CASES) {
  test(`a capture of ${name} says that this is why the graph is empty`, async (t) => {
    const run = await wirespan(["replay", file(temporaryFolder(t), "a.pcap", pcapFile(packets))]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /wirespan: nothing to draw: /);
    assert.match(run.stderr, says);
  });
}

test("a capture with packets inside and outside of tunnels says that most are inside", async (t) => {
  const open = (seconds: number) =>
    packet(seconds, tcp({ sourcePort: 40_000 + seconds, destinationPort: 80, flags: SYN }));
  const wrapped = [2, 3, 4].map((seconds) => packet(seconds, udp(5000, 8472, new Uint8Array(80))));
  const says =
    /\nwirespan: most packets are in tunnels, \d inside VXLAN .*; packets inside a tunnel are not read: capture on/;
  const folder = temporaryFolder(t);
  const mostly = await wirespan(["replay", file(folder, "a.pcap", pcapFile([open(1), ...wrapped, open(30)]))]);
  assert.match(mostly.stderr, says);
  const beside = await wirespan([
    "replay",
    file(folder, "b.pcap", pcapFile([open(1), ...wrapped.slice(0, 1), open(30)])),
  ]);
  assert.equal(beside.code, 0);
  assert.doesNotMatch(beside.stderr, /tunnel/);
});

/** A connection between two answers; the first one has a question if `hasQuery`. */
function answers(hasQuery: boolean) {
  const message = { id: 7, questions: [{ type: "A" as const, name: "api.example.com" }] };
  const query = udp(40_001, 53, dnsBytes({ type: "query", ...message }));
  const response = udp(53, 40_001, dnsBytes({ type: "response", ...message, answers: [] }));
  return [
    ...(hasQuery ? [packet(1, query)] : []),
    packet(1.0, response, SERVER, CLIENT),
    packet(2, syn),
    packet(2, tcp({ sourcePort: 80, destinationPort: 40_000, flags: SYN_ACK, acknowledgement: 1 }), SERVER, CLIENT),
    packet(9, response, SERVER, CLIENT),
  ];
}

test("a capture of DNS answers without their questions says that names are missing", async (t) => {
  for (const [hasQuery, says] of [
    [false, /: none of the 2 DNS answers has its question in the capture, so names are missing: capture both/],
    [true, /^(?!.*DNS answers)/],
  ] as const) {
    const run = await wirespan(["replay", file(temporaryFolder(t), "a.pcap", pcapFile(answers(hasQuery)))]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, says);
    assert.match(run.stderr, / 1 interaction,/);
  }
});
