import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FactReader } from "../../src/facts/fact-reader.ts";
import type { Connection } from "../../src/model/connection.ts";
import { LinkType } from "../../src/model/packet.ts";
import { Sensor } from "../../src/sensor/sensor.ts";
import { sightings } from "../correlate/support/address-book.ts";
import { answer, query } from "../correlate/support/dns-messages.ts";
import { answerTo, dnsFrame, Flags, tcpFrame } from "../correlate/support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../correlate/support/sensor-run.ts";
import { ended } from "../support/cli/wirespan.ts";
import { withDeadline } from "../support/deadline.ts";
import {
  dnsBytes,
  ethernet,
  extensionHeader,
  fragments,
  ipv4,
  ipv6,
  linuxSll,
  linuxSll2,
  packetOf,
  tcp,
  udp,
} from "../support/packet-builder.ts";

const version4 = { source: "10.42.1.5", destination: "10.96.0.10" };
const version6 = { source: "fd42:1::5", destination: "fd96::a" };
const syn = tcp({ sourcePort: 40_000, destinationPort: 80, flags: Flags.syn, sequence: 5, timestampValue: 1 });

/** One SYN in every wrapping. */
const WRAPPINGS: readonly (readonly [string, number, readonly Uint8Array[]])[] = [
  ["Ethernet", LinkType.ethernet, [ethernet(ipv4(version4, syn))]],
  ["a VLAN tag", LinkType.ethernet, [ethernet(ipv4(version4, syn), 100)]],
  ["two VLAN tags", LinkType.ethernet, [ethernet(ipv6(version6, syn), 100, 200)]],
  ["LINUX_SLL2", LinkType.linuxSll2, [linuxSll2(0, ipv4(version4, syn))]],
  ["IPv4 options", LinkType.raw, [ipv4({ ...version4, options: new Uint8Array(8).fill(1) }, syn).bytes]],
  ["IPv6 extension headers", LinkType.raw, [ipv6(version6, extensionHeader(0, 1, extensionHeader(60, 2, syn))).bytes]],
  ["IPv4 fragments", LinkType.raw, fragments({ ...version4, id: 9 }, syn, 8).map(({ bytes }) => bytes)],
  ["IPv6 fragments", LinkType.raw, fragments({ ...version6, id: 9 }, syn, 8).map(({ bytes }) => bytes)],
];

for (const [what, linkType, frames] of WRAPPINGS) {
  test(`C4 a SYN in ${what} is a connection`, () => {
    const run = new SensorRun();
    for (const frame of frames) run.sensor.packet(packetOf(frame, { timeMicros: BEGIN_MICROS, linkType }));
    const [connection] = run.wait(6 * SECONDS).connections;
    const isVersion4 = connection?.preNat.source.address === version4.source;
    assert.deepEqual([run.outcomes, connection?.preNat.destination.port], [["timed_out"], 80]);
    assert.equal(connection?.preNat.destination.address, isVersion4 ? version4.destination : version6.destination);
  });
}

test("D5 an answer of 3,000 bytes in fragments, seen on three interfaces, is one lookup with all its addresses", () => {
  const name = "many.example.com";
  const addresses = Array.from({ length: 60 }, (_, i) => `10.7.0.${i}`);
  const bytes = dnsBytes(answer({ name }, addresses));
  assert.ok(bytes.length > 1_500);
  const run = new SensorRun();
  run.see(0, ...sightings("in C>DNS; out C>Core", "IPv4").map((sighting) => dnsFrame(sighting, query({ name }))));
  for (const [hop, { packetType, source, destination }] of sightings(
    "in Core>C; out DNS>C; out DNS>C",
    "IPv4",
  ).entries()) {
    const ends = { source: source.address, destination: destination.address, id: 77 };
    const parts = fragments(ends, udp(source.port, destination.port, bytes), 1_480);
    run.see(MILLIS + 50 * hop, ...parts.map((part) => linuxSll(packetType, part)));
  }
  const [lookup] = run.finish().lookups;
  assert.deepEqual([run.lookups.length, lookup?.addresses], [1, addresses]);
});

test("the stream says at least every 20 ms of packet time, and at a tick without packets, which facts are complete", () => {
  const run = new SensorRun().see(0, ...sightings("in C>S", "IPv4").map((one) => tcpFrame(one, { flags: Flags.syn })));
  run.see(MILLIS, ...sightings("in S>C", "IPv4").map((one) => tcpFrame(one, answerTo(0))));
  assert.deepEqual([run.outcomes, run.streamMicros], [["established"], BEGIN_MICROS]);
  run.see(21 * MILLIS, tcpFrame(sightings("in X>E", "IPv4")[0] ?? assert.fail(), { flags: Flags.rst }));
  assert.equal(run.streamMicros, BEGIN_MICROS + 21 * MILLIS);
  run.wait(3 * SECONDS);
  assert.equal(run.streamMicros, BEGIN_MICROS + 3 * SECONDS);
});

test("packets emit full batches only; a flush emits the rest, and nothing twice", () => {
  let batches = 0;
  const sensor = new Sensor({ dnsPorts: [53] }, () => batches++);
  const [one] = sightings("in X>E", "IPv4");
  assert.ok(one);
  const frame = tcpFrame(one, { flags: Flags.rst });
  // A time record for each packet, of 16 bytes: the last but one finds no room.
  const packets = 131_072 / 16 + 2;
  for (let i = 0; i < packets; i++) {
    if (i === packets - 2) assert.equal(batches, 0);
    sensor.packet(packetOf(frame, { timeMicros: BEGIN_MICROS + 20 * MILLIS * i, linkType: LinkType.linuxSll }));
  }
  assert.equal(batches, 1);
  sensor.flush();
  sensor.flush();
  assert.equal(batches, 2);
});

test("at the end of a capture the stream has the time of the last packet", () => {
  const frame = tcpFrame(sightings("in X>E", "IPv4")[0] ?? assert.fail(), { flags: Flags.syn });
  const run = new SensorRun().see(0, frame).see(7 * MILLIS, frame);
  assert.equal(run.streamMicros, BEGIN_MICROS);
  assert.equal(run.finish().streamMicros, BEGIN_MICROS + 7 * MILLIS);
});

test("batches are whole records: each can be read alone after the texts before it", () => {
  const found: Connection[] = [];
  const handlers = { connection: (one: Connection) => found.push(one), lookup() {}, time() {}, counters() {} };
  const sensor = new Sensor({ dnsPorts: [53] }, (batch) => new FactReader(handlers).read(batch));
  for (let i = 0; i < 3_000; i++) {
    const [one] = sightings("in C>S", "IPv4", { C: 1_000 + i });
    assert.ok(one);
    const frame = tcpFrame(one, { flags: Flags.syn, sequence: i });
    sensor.packet(packetOf(frame, { timeMicros: BEGIN_MICROS + i, linkType: LinkType.linuxSll }));
  }
  sensor.finish();
  assert.equal(found.length, 3_000);
});

test("a batch is not longer than batchBytes, and nothing is lost between two batches", () => {
  const batchBytes = 1 << 18;
  const lengths: number[] = [];
  let connections = 0;
  const handlers = { connection: () => connections++, lookup() {}, time() {}, counters() {} };
  const reader = new FactReader(handlers);
  const sensor = new Sensor({ dnsPorts: [53], batchBytes }, (batch) => {
    lengths.push(batch.length);
    reader.read(batch);
  });
  for (let i = 0; i < 6_000; i++) {
    const [one] = sightings("in C>S", "IPv4", { C: 1_000 + i });
    assert.ok(one);
    const frame = tcpFrame(one, { flags: Flags.syn, sequence: i });
    sensor.packet(packetOf(frame, { timeMicros: BEGIN_MICROS + i, linkType: LinkType.linuxSll }));
  }
  sensor.finish();
  assert.equal(connections, 6_000);
  assert.ok(lengths.length > 2 && lengths.every((length) => length <= batchBytes), `${lengths}`);
  assert.ok(
    lengths.slice(0, -1).every((length) => length > batchBytes / 2),
    `${lengths}`,
  );
});

test("the counters include those of the source", () => {
  let reported: unknown = null;
  const handlers = { connection() {}, lookup() {}, time() {}, counters: (counters: unknown) => (reported = counters) };
  const reader = new FactReader(handlers);
  const sensor = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));
  sensor.reportCounters({ kernelDrops: 7 });
  sensor.finish();
  assert.deepEqual(reported, { ...sensor.counters(), source: { kernelDrops: 7 } });
});

test("the counters are those of all packets so far", () => {
  const sensor = new Sensor({ dnsPorts: [53] }, () => {});
  const frame = tcpFrame(sightings("in C>S", "IPv4")[0] ?? assert.fail(), { flags: Flags.syn });
  sensor.packet(packetOf(frame, { timeMicros: BEGIN_MICROS, linkType: LinkType.linuxSll }));
  const { packets, decode, handshakes } = sensor.counters();
  assert.deepEqual([packets, decode.segments, handshakes.halfOpen], [1, 1, 1]);
});

test("a new reader gets no facts of packets before its stream", () => {
  const ports: number[] = [];
  const handlers = { connection: (one: Connection) => ports.push(one.preNat.source.port), lookup() {}, time() {} };
  const reader = new FactReader({ ...handlers, counters() {}, hello: () => (ports.length = 0) });
  const sensor = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));
  const answered = (port: number) => {
    const see = (path: string, segment: Parameters<typeof tcpFrame>[1]) => {
      const frame = tcpFrame(sightings(path, "IPv4", { C: port })[0] ?? assert.fail(), segment);
      sensor.packet(packetOf(frame, { timeMicros: BEGIN_MICROS, linkType: LinkType.linuxSll }));
    };
    see("in C>S", { flags: Flags.syn, sequence: port });
    see("in S>C", answerTo(port));
  };
  answered(1_001);
  sensor.beginStream({});
  answered(1_002);
  sensor.flush();
  assert.deepEqual(ports, [1_002]);
});

test("what was open before the packets that a new reader does not get is not for that reader, and has not timed out", () => {
  for (const [isInterrupted, expected] of [
    [true, []],
    [false, ["timed_out", "api.example.com"]],
  ] as const) {
    const facts: string[] = [];
    const handlers = {
      connection: ({ outcome }: Connection) => facts.push(outcome),
      lookup: ({ name }: { readonly name: string }) => facts.push(name),
    };
    const reader = new FactReader({ ...handlers, time() {}, counters() {}, hello() {} });
    const sensor = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));
    const see = (frame: Uint8Array) =>
      sensor.packet(packetOf(frame, { timeMicros: BEGIN_MICROS, linkType: LinkType.linuxSll }));
    see(tcpFrame(sightings("in C>S", "IPv4")[0] ?? assert.fail(), { flags: Flags.syn }));
    see(dnsFrame(sightings("in C>DNS", "IPv4")[0] ?? assert.fail(), query({ name: "api.example.com" })));
    if (isInterrupted) sensor.interrupt();
    sensor.beginStream({});
    sensor.tick(BEGIN_MICROS + 60 * SECONDS);
    assert.deepEqual(facts.sort(), [...expected].sort());
  }
});

interface Round {
  readonly megabytes: number;
  readonly connections: number;
  readonly lookups: number;
  readonly halfOpen: number;
  readonly open: number;
}

/** Memory after each round of ever-new traffic, in a process of its own. */
async function memoryRounds(kind: "everything" | "chains"): Promise<Round[]> {
  const child = fileURLToPath(new URL("../correlate/support/flat-memory.js", import.meta.url));
  const { code, stdout, stderr } = await withDeadline(() => {
    const started = spawn(process.execPath, ["--expose-gc", child, kind]);
    return { child: started, result: ended(started) };
  }, 180_000);
  assert.equal(code, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line): Round => JSON.parse(line));
}

function meanMegabytes(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { megabytes }) => sum + megabytes, 0) / rounds.length;
}

test("L3 memory is flat over 1.7 million frames of new addresses, names and ports", async () => {
  const rounds = await memoryRounds("everything");
  const last = rounds.at(-1);
  // All went through: of each step two connections, one of them timed out, and two lookups, one of them unanswered.
  assert.ok(last && last.connections > 550_000 && last.lookups > 550_000, JSON.stringify(last));
  // After the first third every table has been full and turned over.
  const third = rounds.length / 3;
  const growth = meanMegabytes(rounds.slice(2 * third)) - meanMegabytes(rounds.slice(third, 2 * third));
  const list = rounds.map(({ megabytes }) => megabytes.toFixed(1)).join(", ");
  assert.ok(growth < 5, list);
  assert.ok(last.megabytes < 80, list);
});

test("L3 memory stays small when every answer brings 30 kB of new names", async () => {
  const rounds = await memoryRounds("chains");
  const last = rounds.at(-1);
  const list = rounds.map(({ megabytes }) => megabytes.toFixed(1)).join(", ");
  assert.ok(last && last.lookups > 3_500, JSON.stringify(rounds));
  // After the first half every table has been full; the figures are those of what is held, the same in every run.
  const growth = last.megabytes - (rounds[rounds.length / 2]?.megabytes ?? 0);
  assert.ok(growth < 2, list);
  assert.ok(last.megabytes < 70, list);
});
