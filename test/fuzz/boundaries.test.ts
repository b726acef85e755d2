/**
 * Hostile traffic gives the same facts and counters whenever the sensor correlates its packets and ends what has waited long
 * enough. Packets often come within two microseconds of the end of a wait. For more:
 * `WIRESPAN_FUZZ_RUNS=100 node --test dist/test/fuzz/boundaries.test.js`; WIRESPAN_FUZZ_SEED is the seed of the first run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkType, type Packet } from "../../src/model/packet.ts";
import {
  DNS_ANSWER_MICROS,
  DNS_COPY_MICROS,
  HANDSHAKE_MICROS,
  HELD_PACKET_MICROS,
  NAT_JOIN_MICROS,
} from "../../src/model/waiting-times.ts";
import { factsOf } from "../correlate/support/boundaries.ts";
import { packetOf } from "../support/packet-builder.ts";
import { floodOfNames, floodOfSyns } from "./support/hostile-floods.ts";
import { hostileFrames, pick, type Random, randomOf } from "./support/hostile-traffic.ts";

const { WIRESPAN_FUZZ_RUNS: runs, WIRESPAN_FUZZ_SEED: seed } = process.env;
const RUNS = Number(runs ?? 2);
const SEED = Number(seed ?? (runs === undefined ? 1 : Date.now() % 1e9));
const BEGIN_MICROS = 1_795_417_363_000_000;
const EVENTS = 3_000;
const WAITS = [
  0,
  0,
  500,
  NAT_JOIN_MICROS,
  HELD_PACKET_MICROS,
  DNS_COPY_MICROS,
  DNS_COPY_MICROS,
  DNS_ANSWER_MICROS,
  HANDSHAKE_MICROS,
];
const HOUR = 3_600e6;

interface TimedFrame {
  readonly micros: number;
  readonly frame: Uint8Array;
}

/** Each event on its own, or soon after the one before, and all of its frames again after some wait. */
function eventsOf(random: Random): TimedFrame[] {
  const all: TimedFrame[] = [];
  let nowMicros = 0;
  for (let i = 0; i < EVENTS; i++) {
    nowMicros += random(3) === 0 ? random(30_000) : random(400);
    const wait = pick(random, WAITS);
    for (const { afterMicros, frame } of hostileFrames(random)) {
      const micros = nowMicros + (random(2) === 0 ? afterMicros : pick(random, WAITS) + random(5));
      all.push({ micros, frame });
      if (random(3) === 0) all.push({ micros: micros + wait + random(5) - 2, frame });
    }
  }
  return all;
}

function floodAt(beginMicros: number, frames: Iterable<Uint8Array>, gapMicros: number): TimedFrame[] {
  return Array.from(frames, (frame, i) => ({ micros: beginMicros + i * gapMicros, frame: Uint8Array.from(frame) }));
}

/** In order of time. */
function packetsOf(frames: readonly TimedFrame[]): Packet[] {
  const sorted = frames.filter(({ micros }) => micros >= 0).sort((a, b) => a.micros - b.micros);
  return sorted.map(({ micros, frame }) =>
    packetOf(frame, { timeMicros: BEGIN_MICROS + micros, linkType: LinkType.linuxSll2 }),
  );
}

function assertSame(packets: readonly Packet[]): void {
  const once = factsOf(packets, "nothing");
  assert.ok(once.facts.length > 0);
  assert.deepEqual(factsOf(packets, "flush"), once);
  assert.deepEqual(factsOf(packets, "tick"), once);
}

for (let i = 0; i < RUNS; i++) {
  test(`facts do not depend on when packets are correlated and waits end (seed ${SEED + i})`, () => {
    const packets = packetsOf(eventsOf(randomOf(SEED + i)));
    assertSame(packets);
    // The clock is set back in between.
    const half = packets.length / 2;
    assertSame(packets.map((packet, at) => (at < half ? packet : { ...packet, timeMicros: packet.timeMicros - HOUR })));
  });
}

test("nor do they while the tables of open attempts and exchanges are full", () => {
  const random = randomOf(SEED);
  const packets = packetsOf([
    ...eventsOf(random),
    // 80,000 attempts open within 5 s, 40,000 queries, and 40,000 answers that settle within 50 ms.
    ...floodAt(1e6, floodOfSyns(80_000), 60),
    ...floodAt(3e6, floodOfNames(40_000, "example.com", null), 100),
    ...floodAt(9e6, floodOfNames(40_000, "shop.svc.cluster.local", 0x0183), 1),
  ]);
  assertSame(packets);
  const { handshakes, exchanges } = factsOf(packets, "nothing").counters;
  assert.ok(handshakes.halfOpenEvicted > 0 && exchanges.evicted > 0, "no table was full");
});
