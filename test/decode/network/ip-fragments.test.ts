import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Packet } from "../../../src/model/packet.ts";
import { LinkType } from "../../../src/model/packet.ts";
import {
  dnsBytes,
  fragments,
  type IpOptions,
  type IpPacket,
  ipv4,
  packetOf,
  tcp,
  udp,
} from "../../support/packet-builder.ts";
import { Recorder, record } from "../support/recorder.ts";

const version4: IpOptions = { source: "192.0.2.53", destination: "10.0.0.7", id: 77 };
const version6: IpOptions = { source: "2001:db8::53", destination: "fd00::7", id: 0x12345678 };

const bigAnswer = dnsBytes({
  type: "response",
  id: 5,
  questions: [{ type: "A", name: "many.example" }],
  answers: Array.from({ length: 60 }, (_, i) => ({ type: "A", name: "many.example", ttl: 30, data: `10.9.0.${i}` })),
});
const payload = udp(53, 40000, bigAnswer);

function packet({ bytes }: IpPacket, timeMicros = 0): Packet {
  return packetOf(bytes, { linkType: LinkType.raw, timeMicros });
}

for (const [name, options] of [
  ["IPv4", version4],
  ["IPv6", version6],
] as const) {
  test(`an ${name} datagram is reassembled once, with any order and any copies of its fragments`, () => {
    const parts = fragments(options, payload, 200);
    assert.ok(parts.length > 4);
    fc.assert(
      fc.property(fc.shuffledSubarray([...parts, ...parts], { minLength: 2 * parts.length }), (order) => {
        const { messages, counters } = record(...order.map((part) => packet(part)));
        assert.equal(messages.length, 1);
        assert.equal(messages[0]?.resolved?.length, 60);
        assert.deepEqual([counters.reassembled, counters.fragmentBytes, counters.fragmentsDropped], [1, 0, 0]);
      }),
    );
  });

  test(`a SYN in tiny ${name} fragments is decoded`, () => {
    const syn = tcp({ sourcePort: 40000, destinationPort: 80, flags: 0x02, sequence: 9, timestampValue: 12 });
    const { segments } = record(...fragments(options, syn, 8).map((part) => packet(part)));
    assert.deepEqual(
      segments.map(({ sequence, timestampValue, payloadLength }) => [sequence, timestampValue, payloadLength]),
      [[9, 12, 0]],
    );
  });

  test(`${name} datagrams between two hosts are distinguished by their id`, () => {
    const one = fragments(options, payload, 480);
    const two = fragments({ ...options, id: 78 }, payload, 480);
    const { messages } = record(...one.flatMap((part, i) => [packet(part), packet(two[i] ?? part)]));
    assert.equal(messages.length, 2);
  });
}

test("an id of another protocol is another datagram", () => {
  const [first, second] = fragments(version4, payload, 1000);
  const other = fragments(version4, { protocol: 6, bytes: payload.bytes }, 1000);
  assert.ok(first && second && other[0]);
  assert.equal(record(packet(first), packet(other[0]), packet(second)).messages.length, 1);
});

test("a reassembly waits for missing fragments for 30 s of packet time", () => {
  const [first, second] = fragments(version4, payload, 1000);
  assert.ok(first && second);
  assert.equal(record(packet(first, 0), packet(second, 29_000_000)).messages.length, 1);
  const late = record(packet(first, 0), packet(second, 31_000_000));
  assert.equal(late.messages.length, 0);
  assert.equal(late.counters.fragmentsDropped, 1);
});

test("a reused id begins a new datagram", () => {
  const parts = fragments(version4, payload, 1000);
  const again = record(...parts.map((part) => packet(part, 0)), ...parts.map((part) => packet(part, 200_000)));
  assert.equal(again.messages.length, 2);
});

test("overlapping fragments are never combined", () => {
  const [first, second] = fragments(version4, payload, 1000);
  assert.ok(first && second);
  const evil = ipv4(
    { ...version4, fragmentOffset: 992, moreFragments: true },
    { protocol: 17, bytes: new Uint8Array(16) },
  );
  const { messages, counters } = record(packet(first), packet(evil), packet(second));
  assert.deepEqual([messages.length, counters.reassembled, counters.fragmentsDropped], [0, 0, 2]);
});

test("fragments beyond 65,535 bytes, without bytes, or of odd length are malformed", () => {
  const part = (fragmentOffset: number, length: number, moreFragments: boolean) =>
    packet(ipv4({ ...version4, fragmentOffset, moreFragments }, { protocol: 17, bytes: new Uint8Array(length) }));
  assert.deepEqual(record(part(65_528, 8, false)).ignored, { malformed: 1 });
  assert.deepEqual(record(part(800, 0, false)).ignored, { malformed: 1 });
  assert.deepEqual(record(part(0, 13, true)).ignored, { malformed: 1 });
});

test("a truncated first fragment is decoded like a truncated packet", () => {
  const [first] = fragments(version4, udp(53, 40000, bigAnswer), 800);
  assert.ok(first);
  const cut = { ...packet(first), captureLength: 200 };
  assert.deepEqual(record(cut).ignored, { truncated: 1 });
  const nothing = dnsBytes({ type: "response", flags: 3, questions: [{ type: "A", name: "no.example" }] });
  const long = udp(53, 40000, new Uint8Array([...nothing, ...new Uint8Array(900)]));
  const [start] = fragments(version4, long, 800);
  assert.ok(start);
  assert.equal(record({ ...packet(start), captureLength: 200 }).messages[0]?.rcode, 3);
});

test("a flood of incomplete datagrams is bounded and counted", () => {
  const recorder = new Recorder();
  for (let i = 0; i < 20_000; i++) {
    const source = `10.${i >>> 14}.${(i >>> 7) & 127}.${i & 127}`;
    const options = { source, destination: "10.0.0.1", id: i & 0xffff, fragmentOffset: 1480, moreFragments: true };
    recorder.decoder.decode(packet(ipv4(options, { protocol: 17, bytes: new Uint8Array(1480) }), i));
    assert.ok(recorder.counters.fragmentBytes <= 8 * 1024 * 1024);
  }
  assert.ok(recorder.counters.fragmentsDropped > 18_000);
});

test("large fragments of few datagrams are bounded to 8 MiB, and dropped ones are counted", () => {
  const recorder = new Recorder();
  const bytes = new Uint8Array(1480);
  let most = 0;
  for (let i = 0; i < 300 * 40; i++) {
    const options = { source: "192.0.2.53", destination: "10.0.0.1", id: 1 + Math.floor(i / 40), moreFragments: true };
    recorder.decoder.decode(
      packet(ipv4({ ...options, fragmentOffset: 1480 * (1 + (i % 40)) }, { protocol: 17, bytes }), i),
    );
    most = Math.max(most, recorder.counters.fragmentBytes);
  }
  assert.ok(most > 7 * 1024 * 1024 && most <= 8 * 1024 * 1024, `${most} bytes`);
  assert.ok(recorder.counters.fragmentsDropped >= 140, `${recorder.counters.fragmentsDropped} dropped`);
});

test("a datagram with more fragments than any real one starts again", () => {
  const recorder = new Recorder();
  const send = (pieces: number) => {
    for (let i = 1; i <= pieces; i++) {
      const options = { ...version4, fragmentOffset: 16 * i, moreFragments: true };
      recorder.decoder.decode(packet(ipv4(options, { protocol: 17, bytes: new Uint8Array(8) })));
    }
  };
  send(128);
  assert.deepEqual([recorder.counters.fragmentsDropped, recorder.counters.fragmentBytes], [0, 1024]);
  send(129);
  assert.deepEqual([recorder.counters.fragmentsDropped, recorder.counters.fragmentBytes], [1, 8]);
});
