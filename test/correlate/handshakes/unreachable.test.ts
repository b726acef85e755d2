import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES, type Family, sightings, tuple } from "../support/address-book.ts";
import { answerTo, Flags, tcpFrame, unreachableFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const ISN = 555_000_111;
const SYN = { flags: Flags.syn, sequence: ISN, timestampValue: 8 };

function syn(path: string, family: Family): Uint8Array[] {
  return sightings(path, family).map((sighting) => tcpFrame(sighting, SYN));
}

interface Quote {
  readonly code: number;
  readonly type?: number;
  readonly quotedBytes?: number;
}

/** The error on its way, and the SYN that it quotes, as text. */
function unreachable(path: string, quoted: string, family: Family, quote: Quote): Uint8Array[] {
  return sightings(path, family).map((sighting) => unreachableFrame(sighting, tuple(quoted, family), SYN, quote));
}

const PORT_UNREACHABLE = { IPv4: 3, IPv6: 4 } as const;

const CODES: readonly (readonly [Family, string, Quote, string])[] = [
  ["IPv4", "port unreachable", { code: 3 }, "refused"],
  ["IPv4", "network unreachable", { code: 0 }, "network_unreachable"],
  ["IPv4", "host unreachable", { code: 1 }, "host_unreachable"],
  ["IPv4", "network administratively prohibited", { code: 9 }, "network_unreachable"],
  ["IPv4", "host administratively prohibited", { code: 10 }, "host_unreachable"],
  ["IPv4", "communication administratively prohibited", { code: 13 }, "host_unreachable"],
  ["IPv4", "fragmentation needed", { code: 4 }, "timed_out"],
  ["IPv4", "time exceeded", { type: 11, code: 0 }, "host_unreachable"],
  ["IPv4", "source quench", { type: 4, code: 0 }, "timed_out"],
  ["IPv6", "port unreachable", { code: 4 }, "refused"],
  ["IPv6", "no route to destination", { code: 0 }, "network_unreachable"],
  ["IPv6", "administratively prohibited", { code: 1 }, "host_unreachable"],
  ["IPv6", "address unreachable", { code: 3 }, "host_unreachable"],
  ["IPv6", "time exceeded", { type: 3, code: 0 }, "host_unreachable"],
  ["IPv6", "packet too big", { type: 2, code: 0 }, "timed_out"],
];

for (const [family, name, quote, outcome] of CODES) {
  test(`C3 ${family} "${name}" that quotes the SYN makes it ${outcome}`, () => {
    const run = new SensorRun().see(0, ...syn("oth C>E; in C>E; out N>E", family));
    // A router on the way answers to the masqueraded source; the node turns it and its quote back.
    run.see(2 * MILLIS, ...unreachable("in M>N", "N>E", family, quote));
    run.see(2 * MILLIS + 20, ...unreachable("out M>C; out M>C", "C>E", family, quote)).wait(6 * SECONDS);
    assert.deepEqual(run.outcomes, [outcome]);
    assert.deepEqual(run.connections[0]?.preNat, tuple("C>E", family));
    if (outcome !== "timed_out") assert.equal(run.connections[0]?.endMicros, BEGIN_MICROS + 2 * MILLIS);
  });
}

for (const family of FAMILIES) {
  const refused = { code: PORT_UNREACHABLE[family] };

  test(`C3 a Service without endpoints: the rejection ends the connection at once (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("oth C>VIP; in C>VIP", family));
    run.see(100, ...unreachable("out G>C; out G>C", "C>VIP", family, refused)).wait(6 * SECONDS);
    assert.deepEqual(run.outcomes, ["refused"]);
    assert.deepEqual(run.connections[0]?.postNat, tuple("C>VIP", family));
  });

  test(`C3 a quote of 8 bytes of TCP, the minimum, suffices (${family})`, () => {
    const quotedBytes = (family === "IPv4" ? 20 : 40) + 8;
    const run = new SensorRun().see(0, ...syn("in C>E", family));
    run.see(MILLIS, ...unreachable("out M>C", "C>E", family, { ...refused, quotedBytes })).wait(MILLIS * 50);
    assert.deepEqual(run.outcomes, ["refused"]);
  });

  test(`C6 a quote alone makes no connection (${family})`, () => {
    const run = new SensorRun();
    for (const path of ["in M>N", "out M>C; out M>C", "in E>N", "out N>C"]) {
      run.see(0, ...unreachable(path, "N>E", family, refused));
    }
    run.wait(20 * SECONDS).finish();
    assert.deepEqual([run.connections, run.repeating], [[], []]);
    assert.equal(run.counters.handshakes.unmatchedAnswers, 5);
  });

  test(`C6 a quote of an established connection is no failure (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>E; out N>E", family));
    const answers = sightings("in E>N; out E>C", family);
    run.see(MILLIS, ...answers.map((sighting) => tcpFrame(sighting, answerTo(ISN))));
    run.see(5 * MILLIS, ...unreachable("in M>N; out M>C", "N>E", family, refused)).wait(20 * SECONDS);
    assert.deepEqual(run.outcomes, ["established"]);
  });

  test(`C3 a host that rejects its own SYN shows nothing but the quote: one refused connection (${family})`, () => {
    const run = new SensorRun().see(0, ...unreachable("out N>N; lo N>N", "N>VIP", family, refused));
    // A repeat of the same SYN, rejected again, is the same attempt.
    run
      .see(SECONDS, ...unreachable("out N>N; lo N>N", "N>VIP", family, refused))
      .wait(20 * SECONDS)
      .finish();
    assert.deepEqual(run.outcomes, ["refused"]);
    const [connection] = run.connections;
    assert.deepEqual([connection?.preNat, connection?.postNat], [tuple("N>VIP", family), tuple("N>VIP", family)]);
    assert.equal(connection?.startMicros, connection?.endMicros);
  });

  test(`C3 either sighting of an error on the loopback suffices (${family})`, () => {
    for (const path of ["out N>N", "lo N>N"]) {
      const run = new SensorRun().see(0, ...unreachable(path, "N>VIP", family, refused));
      assert.deepEqual(run.finish().outcomes, ["refused"]);
    }
  });

  test(`C6 an incoming error was not sent by this host, with any addresses, also if it is forwarded (${family})`, () => {
    const run = new SensorRun();
    for (const path of ["in N>N", "oth C>C; in C>C; out C>C; out C>C"]) {
      run.see(0, ...unreachable(path, path.includes("C") ? "C>VIP" : "N>VIP", family, refused));
    }
    run.wait(20 * SECONDS).finish();
    assert.deepEqual([run.connections, run.repeating], [[], []]);
    assert.equal(run.counters.handshakes.unmatchedAnswers, 5);
  });

  test(`C6 nor was one that an overloaded node holds before it forwards it (${family})`, () => {
    const run = new SensorRun().see(0, ...unreachable("in C>C", "C>VIP", family, refused));
    run
      .see(390 * MILLIS, ...unreachable("out C>C", "C>VIP", family, refused))
      .wait(20 * SECONDS)
      .finish();
    assert.deepEqual(run.connections, []);
  });

  test(`C6 a host's quote to itself of a later segment makes no connection (${family})`, () => {
    const data = { flags: Flags.pshAck, sequence: ISN, acknowledgement: 5 };
    const run = new SensorRun();
    for (const sighting of sightings("lo N>N", family)) {
      run.see(0, unreachableFrame(sighting, tuple("N>VIP", family), data, refused));
    }
    assert.deepEqual(run.wait(20 * SECONDS).finish().connections, []);
  });
}

test("C9 an error about a SYN to another server, or of another client, ends no attempt with the same number", () => {
  const run = new SensorRun().see(0, ...syn("in C>S", "IPv4"));
  run.see(MILLIS, ...unreachable("in M>C", "C>E", "IPv4", { code: 1 })).wait(6 * SECONDS);
  assert.deepEqual(run.outcomes, ["timed_out"]);
  for (const quoted of ["C>S", "X>S", "X>E", "C>E"]) {
    const scan = new SensorRun();
    for (const [i, path] of ["in C>S", "in X>S", "in X>E", "in C>E"].entries()) scan.see(i * 30, ...syn(path, "IPv4"));
    scan.see(MILLIS, ...unreachable("in M>N", quoted, "IPv4", { code: 1 })).wait(6 * SECONDS);
    const ended = scan.connections.filter(({ outcome }) => outcome === "host_unreachable");
    assert.deepEqual(
      [scan.connections.length, ended.map(({ preNat }) => preNat)],
      [4, [tuple(quoted, "IPv4")]],
      `of four attempts the one that the error quotes: ${quoted}`,
    );
  }
});
