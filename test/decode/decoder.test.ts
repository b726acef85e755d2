import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IGNORED_REASONS } from "../../src/decode/network/decode-counters.ts";
import { LinkType } from "../../src/model/packet.ts";
import {
  dnsBytes,
  dnsOverTcp,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  linuxSll,
  packetOf,
  tcp,
  udp,
} from "../support/packet-builder.ts";
import { Recorder, record } from "./support/recorder.ts";

const linkTypes = [...Object.values(LinkType), 147];
const version4 = { source: "10.0.0.1", destination: "10.0.0.2" };
const version6 = { source: "fd00::1", destination: "fd00::2" };

const answer = dnsBytes({
  type: "response",
  id: 1,
  questions: [{ type: "A", name: "a.test" }],
  answers: [
    { type: "CNAME", name: "a.test", data: "b.test" },
    { type: "A", name: "b.test", data: "10.1.1.1" },
  ],
});
const segment = tcp({
  sourcePort: 53,
  destinationPort: 4000,
  flags: 0x18,
  payload: dnsOverTcp(answer),
  timestampValue: 3,
});
const syn = tcp({ sourcePort: 4000, destinationPort: 80, flags: 0x02, timestampValue: 3 });

/** Frames that reach every layer, to be corrupted. */
const seeds = [
  ipv4(version4, udp(53, 4000, answer)),
  ipv6(version6, udp(53, 4000, answer)),
  ipv4(version4, segment),
  ipv6(version6, syn),
  ipv4({ ...version4, options: new Uint8Array(8).fill(1) }, syn),
  ipv4(version4, icmp(3, ipv4(version4, syn).bytes)),
  ipv4({ ...version4, moreFragments: true }, { protocol: 17, bytes: new Uint8Array(64) }),
  ipv6({ ...version6, moreFragments: true }, { protocol: 6, bytes: new Uint8Array(64) }),
];

/** Every packet is decoded or counted by a reason; one of a stream may be both. */
function checkCounters({ counters, segments, messages, quotes }: Recorder, packets: number): void {
  assert.equal(counters.packets, packets);
  assert.deepEqual(
    [counters.segments, counters.messages, counters.unreachables],
    [segments.length, messages.length, quotes.length],
  );
  assert.deepEqual(Object.keys(counters.ignored), [...IGNORED_REASONS]);
  for (const count of Object.values(counters.ignored)) assert.ok(Number.isInteger(count) && count >= 0);
  assert.ok(counters.fragmentBytes >= 0 && counters.streamBytes >= 0);
}

test("any bytes of any link type are decoded or counted, and nothing throws", () => {
  const recorder = new Recorder();
  let packets = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...linkTypes), (bytes, linkType) => {
      packets += 1;
      recorder.decoder.decode(packetOf(bytes, { linkType }));
      checkCounters(recorder, packets);
    }),
    { numRuns: 2000 },
  );
});

const spoilt = fc.record({
  seed: fc.constantFrom(...seeds),
  frame: fc.constantFrom("ethernet", "sll", "raw"),
  changes: fc.array(fc.tuple(fc.nat(250), fc.nat(255)), { maxLength: 8 }),
  captureLength: fc.nat(300),
  length: fc.nat(70_000),
  timeMicros: fc.double({ min: -1e16, max: 1e16, noNaN: true }),
});

test("corrupted frames of every layer are decoded or counted, and nothing throws", () => {
  const recorder = new Recorder();
  let packets = 0;
  fc.assert(
    fc.property(spoilt, ({ seed, frame, changes, captureLength, length, timeMicros }) => {
      const bytes = frame === "ethernet" ? ethernet(seed) : frame === "sll" ? linuxSll(3, seed) : seed.bytes.slice();
      const linkType = { ethernet: LinkType.ethernet, sll: LinkType.linuxSll, raw: LinkType.raw }[frame] ?? 0;
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      packets += 1;
      recorder.decoder.decode(packetOf(bytes, { linkType, captureLength, length, timeMicros }));
      checkCounters(recorder, packets);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(recorder.messages.length > 100 && recorder.segments.length > 100 && recorder.quotes.length > 10);
});

test("bytes outside the frame are never read", () => {
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.nat(120), (seed, captureLength) => {
      const { bytes } = seed;
      const kept = Math.min(captureLength, bytes.length);
      const zeros = new Uint8Array(400);
      const ones = new Uint8Array(400).fill(0xff);
      const outputs = [zeros, ones].map((around) => {
        around.set(bytes.subarray(0, kept), 100);
        const about = { linkType: LinkType.raw, offset: 100, captureLength: kept, length: bytes.length };
        const { segments, messages, quotes, ignored } = record(packetOf(around, about));
        return { segments, messages, quotes, ignored };
      });
      assert.deepEqual(outputs[0], outputs[1]);
    }),
    { numRuns: 300 },
  );
});

test("segments without SYN and RST, FIN included, are not decoded", () => {
  const frames = [0x10, 0x18, 0x11, 0x19].map((flags) =>
    ethernet(ipv4(version4, tcp({ sourcePort: 4000, destinationPort: 80, flags, payload: new Uint8Array(100) }))),
  );
  const recorder = record(...frames.map((frame) => packetOf(frame)));
  assert.deepEqual([recorder.segments.length, recorder.ignored], [0, { uninteresting: 4 }]);
});

test("SYN and RST of a DNS port are segments too", () => {
  const frames = [0x02, 0x12, 0x04].map((flags) =>
    ethernet(ipv4(version4, tcp({ sourcePort: 4000, destinationPort: 53, flags }))),
  );
  assert.equal(record(...frames.map((frame) => packetOf(frame))).segments.length, 3);
});
