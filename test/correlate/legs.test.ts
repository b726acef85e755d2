import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES, type Family, leg, type Ports, sightings } from "./support/address-book.ts";
import { answerTo, Flags, tcpFrame } from "./support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "./support/sensor-run.ts";

const ISN = 0x7fff_fff0;

interface SynOptions {
  readonly sequence?: number;
  readonly timestampValue?: number;
  readonly ports?: Ports;
  readonly family?: Family;
}

function syn(path: string, { sequence = ISN, timestampValue, ports, family = "IPv4" }: SynOptions = {}): Uint8Array[] {
  const segment = { flags: Flags.syn, sequence, ...(timestampValue === undefined ? {} : { timestampValue }) };
  return sightings(path, family, ports).map((sighting) => tcpFrame(sighting, segment));
}

function synAck(path: string, { sequence = ISN, ports, family = "IPv4" }: SynOptions = {}): Uint8Array[] {
  return sightings(path, family, ports).map((sighting) => tcpFrame(sighting, answerTo(sequence)));
}

for (const family of FAMILIES) {
  test(`C1 legs with one initial sequence number and one source are one connection (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("oth C>VIP", { family }));
    run.see(19 * MILLIS, ...syn("out C>S", { family })).wait(6 * SECONDS);
    assert.equal(run.connections.length, 1);
    assert.deepEqual(run.connections[0]?.last, leg("C>S", family));
  });

  test(`C1 legs that share their destination only are one connection (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>E; out N>E", { family })).wait(6 * SECONDS);
    assert.equal(run.connections.length, 1);
    assert.deepEqual(run.connections[0]?.last, leg("N>E", family));
  });

  test(`C1 legs with both ends translated are joined by their timestamp value (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in X>NP; out N>S", { family, timestampValue: 9 })).wait(6 * SECONDS);
    assert.deepEqual(
      run.connections.map(({ first, last }) => [first, last]),
      [[leg("X>NP", family), leg("N>S", family)]],
    );
  });
}

test("C1 legs with nothing in common but the initial sequence number are two connections", () => {
  for (const [one, other] of [
    [undefined, undefined],
    [9, undefined],
    [undefined, 9],
    [9, 10],
  ] as const) {
    const run = new SensorRun();
    run.see(0, ...syn("in X>NP", one === undefined ? {} : { timestampValue: one }));
    run.see(MILLIS, ...syn("out N>S", other === undefined ? {} : { timestampValue: other })).wait(6 * SECONDS);
    assert.equal(run.connections.length, 2, `timestamp values ${one} and ${other}`);
  }
});

test("C1 two clients that chose one initial sequence number within 20 ms are two connections", () => {
  const other = { C: 40_001 };
  const run = new SensorRun().see(0, ...syn("oth C>VIP; out C>S", { timestampValue: 1 }));
  run.see(5 * MILLIS, ...syn("oth X>E; out X>E", { timestampValue: 2, ports: other }));
  run.see(6 * MILLIS, ...synAck("oth S>C; out VIP>C"), ...synAck("out E>X")).wait(6 * SECONDS);
  assert.deepEqual(
    run.connections.map(({ first, last, outcome }) => [first, last, outcome]),
    [
      [leg("C>VIP", "IPv4"), leg("C>S", "IPv4"), "established"],
      [leg("X>E", "IPv4"), leg("X>E", "IPv4"), "established"],
    ],
  );
});

test("C1 another leg later than 20 ms is another connection's, which chose the same number", () => {
  const run = new SensorRun()
    .see(0, ...syn("oth C>VIP"))
    .see(21 * MILLIS, ...syn("out N>VIP"))
    .wait(6 * SECONDS);
  assert.equal(run.connections.length, 2);
});

test("C1 sightings are never counted: one to six of them are one connection without retries", () => {
  for (let count = 1; count <= 6; count++) {
    const path = Array.from({ length: count }, () => "out C>S").join("; ");
    const run = new SensorRun().see(0, ...syn(path)).wait(6 * SECONDS);
    assert.deepEqual([run.connections.length, run.connections[0]?.retries, run.repeating.length], [1, 0, 0]);
  }
});

test("C2 five retransmissions are one connection that began with its first SYN", () => {
  const run = new SensorRun();
  for (const second of [0, 1, 2, 3, 4, 5]) run.see(second * SECONDS, ...syn("oth C>VIP; in C>S; out C>S"));
  run.see(5 * SECONDS + MILLIS, ...synAck("in S>C; out VIP>C")).wait(20 * SECONDS);
  const [connection] = run.connections;
  assert.deepEqual([run.connections.length, connection?.outcome, connection?.retries], [1, "established", 5]);
  assert.deepEqual([connection?.startMicros, connection?.endMicros], [BEGIN_MICROS, BEGIN_MICROS + 5_001_016]);
  assert.deepEqual([connection?.first, connection?.last], [leg("C>VIP", "IPv4"), leg("C>S", "IPv4")]);
});

test("C2 a connection that was lucky at its third SYN is told as repeating once, at the second", () => {
  const run = new SensorRun().see(0, ...syn("in C>VIP; out C>S")).see(SECONDS, ...syn("in C>VIP; out C>S"));
  run.wait(SECONDS + 100 * MILLIS);
  assert.deepEqual([run.repeating.length, run.connections.length], [1, 0]);
  assert.deepEqual([run.repeating[0]?.retries, run.repeating[0]?.startMicros], [1, BEGIN_MICROS]);
  run.see(3 * SECONDS, ...syn("in C>VIP; out C>S")).see(3 * SECONDS + MILLIS, ...synAck("in S>C; out VIP>C"));
  run.finish();
  assert.deepEqual([run.repeating.length, run.outcomes], [1, ["established"]]);
});

test("C2 the same addresses and ports with a new sequence number are a new connection", () => {
  const run = new SensorRun().see(0, ...syn("in C>VIP; out C>S")).see(MILLIS, ...synAck("in S>C; out VIP>C"));
  run.see(10 * MILLIS, ...syn("in C>VIP; out C>S", { sequence: 5 }));
  run.see(11 * MILLIS, ...synAck("in S>C; out VIP>C", { sequence: 5 })).finish();
  assert.deepEqual(run.outcomes, ["established", "established"]);
  assert.deepEqual(
    run.connections.map(({ startMicros }) => startMicros - BEGIN_MICROS),
    [0, 10 * MILLIS],
  );
});

test("C2 one source port to three ClusterIPs is three connections", () => {
  const run = new SensorRun();
  for (const [i, VIP] of [80, 81, 82].entries()) {
    run.see(i * MILLIS, ...syn("oth C>VIP; out C>S", { sequence: 1000 * i, ports: { VIP } }));
    run.see(i * MILLIS + 100, ...synAck("oth S>C; out VIP>C", { sequence: 1000 * i, ports: { VIP } }));
  }
  run.finish();
  assert.deepEqual(
    run.connections.map(({ first }) => first.destination.port),
    [80, 81, 82],
  );
});

const REPEATS = [0, 1, 2, 3.1, 4.1].map((second) => second * SECONDS);
const HOPS = ["oth C>VIP", "in C>S", "out N>S"];

for (const round of REPEATS.keys()) {
  for (const [hop, lost] of HOPS.entries()) {
    test(`C2 SYN ${round + 1} of five that loses its sighting ${lost} is still the same connection`, () => {
      const run = new SensorRun();
      for (const [i, at] of REPEATS.entries()) {
        const path = HOPS.filter((_, at) => i !== round || at !== hop).join("; ");
        run.see(at, ...syn(path, { timestampValue: 100 + i }));
      }
      run.wait(12 * SECONDS).finish();
      assert.deepEqual([run.outcomes, run.connections[0]?.retries, run.repeating.length], [["timed_out"], 4, 1]);
      assert.deepEqual(run.connections[0]?.last, leg("N>S", "IPv4"));
    });
  }
}
