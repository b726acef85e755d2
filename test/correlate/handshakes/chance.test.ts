import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkType, type Packet } from "../../../src/model/packet.ts";
import { packetOf } from "../../support/packet-builder.ts";
import { sightings } from "../support/address-book.ts";
import { Flags, tcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, SECONDS, SensorRun } from "../support/sensor-run.ts";

// Clients without TCP timestamps at a rate that no node reaches, and to see chance at work in seconds, with few initial
// sequence numbers instead of 2^32: with 16 of them two clients share one 2^28 times as often as in truth.
const RATE = 20_000;
const FLOOD_SECONDS = 1;
/** Of a packet on its way through a node: the longest that was measured, during which others come and go. */
const TRANSIT_MICROS = 120;

/** What a node sees of a connection, by where it comes from and goes to. */
const WAYS = [
  "in X>NP; out N>S",
  "oth C>VIP; out C>S",
  "in C>E; out N>E",
  "out N>E",
  "in X>NP",
  "oth C>VIP; in C>S; out N>S",
];

interface Sent {
  readonly atMicros: number;
  readonly packet: Packet;
}

/** Small and the same in every run (Marsaglia's xorshift). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function flood(
  numberCount: number,
  identify: (random: number) => number,
): { readonly sent: Sent[]; readonly count: number } {
  const random = numbers(88_172_645);
  const sent: Sent[] = [];
  const count = RATE * FLOOD_SECONDS;
  for (let i = 0; i < count; i++) {
    const begin = (i * SECONDS) / RATE;
    const sequence = random() % numberCount;
    const id = identify(random());
    // Each connection has ports of its own on both sides of NAT.
    const port = 1_024 + (i % 60_000);
    const path = sightings(WAYS[random() % WAYS.length] ?? "", "IPv4", {
      X: port,
      C: port,
      N: port,
      NP: 30_000 + (i % 7),
    });
    for (const [hop, sighting] of path.entries()) {
      const hops = sighting.packetType === 4 ? 63 : 64;
      const frame = tcpFrame(sighting, { flags: Flags.syn, sequence, id, hops });
      const atMicros = begin + Math.floor((hop * TRANSIT_MICROS) / 2);
      const timeMicros = BEGIN_MICROS + atMicros;
      sent.push({ atMicros, packet: packetOf(frame, { timeMicros, linkType: LinkType.linuxSll }) });
    }
  }
  return { sent: sent.sort((a, b) => a.atMicros - b.atMicros), count };
}

/** Connections with tuples of two clients, plus the difference from the expected number. */
function wrong(numberCount: number, identify: (random: number) => number): number {
  const { sent, count } = flood(numberCount, identify);
  const run = new SensorRun();
  for (const { packet } of sent) run.sensor.packet(packet);
  run.wait(20 * SECONDS).finish();
  assert.equal(run.counters.handshakes.halfOpenEvicted, 0);
  const mixed = run.connections.filter(({ preNat, postNat }) => {
    const ports = [preNat.source.port, postNat.source.port];
    return ports[0] !== ports[1];
  });
  return mixed.length + Math.abs(run.connections.length - count);
}

for (const [numberCount, perHourAtMost, what, identify] of [
  [16, 0.001, "with an identification that their stacks chose", (random: number) => 1 + (random % 65_535)],
  [4_096, 0.2, "from TCP stacks without identification and with one window", () => 0],
] as const) {
  test(`C8 of 20,000 connections a second ${what}, chance joins under ${perHourAtMost} an hour`, (t) => {
    const count = wrong(numberCount, identify);
    const perHour = (count / FLOOD_SECONDS) * 3_600 * (numberCount / 2 ** 32);
    t.diagnostic(`${count} wrong with ${numberCount} numbers: ${perHour.toExponential(1)} an hour with all of them`);
    assert.ok(perHour < perHourAtMost, `${count} wrong, ${perHour} an hour`);
  });
}
