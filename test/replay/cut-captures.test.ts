// Captures with cut packets or invalid times: the result says what is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { enhancedPacket, interfaceBlock, option, pcapFile, sectionHeader } from "../capture/support/capture-bytes.ts";
import { file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { dnsBytes, dnsOverTcp, ethernet, type IpPayload, ipv4, tcp, udp } from "../support/packet-builder.ts";

const [CLIENT, SERVER, RESOLVER] = ["10.0.0.1", "192.0.2.1", "10.0.0.53"];
const NAME = "a-name-that-takes-its-place.in-every-answer.example.com";
const SECONDS = 1_795_417_200;

const question = { type: "A", class: "IN", name: NAME } as const;
const query = dnsBytes({ type: "query", id: 7, questions: [question] });
const answer = dnsBytes({
  type: "response",
  id: 7,
  questions: [question],
  answers: [{ type: "A", class: "IN", name: NAME, ttl: 60, data: SERVER }],
});

const packet = (source: string, destination: string, payload: IpPayload) =>
  ethernet(ipv4({ source, destination }, payload));
const handshake = [
  packet(CLIENT, SERVER, tcp({ sourcePort: 40_000, destinationPort: 443, flags: 0x02, sequence: 100 })),
  packet(
    SERVER,
    CLIENT,
    tcp({ sourcePort: 443, destinationPort: 40_000, flags: 0x12, sequence: 5, acknowledgement: 101 }),
  ),
];
const overUdp = [packet(CLIENT, RESOLVER, udp(30_000, 53, query)), packet(RESOLVER, CLIENT, udp(53, 30_000, answer))];
const segment = (message: Uint8Array) => dnsOverTcp(message);
const overTcp = [
  packet(
    CLIENT,
    RESOLVER,
    tcp({ sourcePort: 30_000, destinationPort: 53, flags: 0x18, sequence: 1, payload: segment(query) }),
  ),
  packet(
    RESOLVER,
    CLIENT,
    tcp({ sourcePort: 53, destinationPort: 30_000, flags: 0x18, sequence: 1, payload: segment(answer) }),
  ),
];

/** As `tcpdump -s` writes it. */
function captured(frames: readonly Uint8Array[], snapLength: number): Buffer {
  return pcapFile(
    frames.map((bytes, i) => ({
      seconds: SECONDS,
      fraction: i * 1000,
      length: bytes.length,
      bytes: bytes.subarray(0, snapLength),
    })),
  );
}

for (const { name, frames, snapLength, says } of [
  { name: "DNS over UDP", frames: [...overUdp, ...handshake], snapLength: 96, says: /2 DNS messages of .* were cut/ },
  { name: "DNS over TCP", frames: [...overTcp, ...handshake], snapLength: 96, says: /2 DNS messages of .* were cut/ },
  { name: "TCP headers", frames: handshake, snapLength: 40, says: /2 packets of .* were cut .* headers/ },
]) {
  test(`a capture that cuts ${name} is read, marked as incomplete, and the message says how to capture`, async (t) => {
    const folder = temporaryFolder(t);
    const cut = await wirespan(["replay", file(folder, "cut.pcap", captured(frames, snapLength)), "--format", "jsonl"]);
    assert.equal(cut.code, 1);
    assert.match(cut.stderr, says);
    assert.match(cut.stderr, /incomplete: .*tcpdump -s 0\n$/);
    assert.match(cut.stdout.trimEnd().split("\n").at(-1) ?? "", /"wirespan":"incomplete"/);
    const whole = await wirespan(["replay", file(folder, "whole.pcap", captured(frames, 65_535))]);
    assert.equal(whole.code, 0, whole.stderr);
    assert.doesNotMatch(whole.stdout, /incomplete/);
  });
}

/** A SYN with a time that is no valid date. */
function oddClock(resolution: number, offsetSeconds: bigint, ticks: bigint): Buffer {
  const offset = Buffer.alloc(8);
  offset.writeBigInt64LE(offsetSeconds);
  const [syn] = handshake;
  return Buffer.concat([
    sectionHeader("little"),
    interfaceBlock("little", 1, 0, option("little", 9, Buffer.from([resolution])), option("little", 14, offset)),
    enhancedPacket("little", 0, ticks, syn ?? new Uint8Array()),
  ]);
}

for (const [name, resolution, offset, ticks] of [
  ["before all dates", 6, -(2n ** 63n), 5n],
  ["after all dates", 6, 2n ** 63n - 1n, 5n],
  ["in the year 60,000 by its resolution", 0, 0n, 2n ** 61n],
  ["before 1970", 6, -10n, 5n],
  ["at the last tick of all", 0, 2n ** 63n - 1n, 2n ** 64n - 1n],
] as const) {
  test(`a single SYN ${name} does not time out, and its time is reported as invalid in every format`, async (t) => {
    const folder = temporaryFolder(t);
    const capture = file(folder, "odd.pcapng", oddClock(resolution, offset, ticks));
    const good = file(folder, "good.pcap", captured(handshake, 65_535));
    for (const format of ["html", "table", "jsonl", "json"]) {
      for (const captures of [[capture], [capture, good]]) {
        const run = await wirespan(["replay", ...captures, "--format", format]);
        assert.equal(run.code, 1, run.stderr);
        assert.match(run.stderr, /incomplete: 1 packets of .* an invalid time/);
        assert.doesNotMatch(run.stderr, /^ +at /m);
        if (format !== "html") assert.doesNotMatch(run.stdout, /timed out|"outcome":"timed_out"|"timed_out":1/);
      }
    }
  });
}
