import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES, type Family, sightings, tuple } from "../support/address-book.ts";
import { query } from "../support/dns-messages.ts";
import { answerTo, dnsFrame, Flags, type Segment, tcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const ISN = 123_456_789;
const SYN = { flags: Flags.syn, sequence: ISN, timestampValue: 3 };

function frames(path: string, segment: Segment, family: Family = "IPv4"): Uint8Array[] {
  return sightings(path, family).map((sighting) => tcpFrame(sighting, segment));
}

for (const family of FAMILIES) {
  test(`C4 an ECN SYN opens a connection like any other (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", { ...SYN, flags: Flags.ecnSyn }, family));
    run.see(MILLIS, ...frames("oth S>C; out VIP>C", { ...answerTo(ISN), flags: 0x52 }, family)).finish();
    assert.deepEqual(run.outcomes, ["established"]);
  });

  const request = new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n");
  for (const [what, acknowledgement] of [
    ["the SYN and its data", ISN + 1 + request.length],
    ["the SYN only", ISN + 1],
  ] as const) {
    for (const [flags, outcome] of [
      [Flags.synAck, "established"],
      [Flags.rstAck, "refused"],
    ] as const) {
      test(`C4 a Fast Open SYN with data whose answer acknowledges ${what} is ${outcome} (${family})`, () => {
        const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", { ...SYN, payload: request }, family));
        run.see(MILLIS, ...frames("oth S>C; out VIP>C", { flags, sequence: 1, acknowledgement }, family)).finish();
        assert.deepEqual(run.outcomes, [outcome]);
        assert.equal(run.counters.handshakes.halfOpen, 0);
      });
    }
  }

  test(`C4 a Fast Open SYN that is repeated without its data is one connection (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", { ...SYN, payload: request }, family));
    run.see(SECONDS, ...frames("oth C>VIP; out C>S", SYN, family));
    run.see(SECONDS + MILLIS, ...frames("oth S>C; out VIP>C", answerTo(ISN), family)).finish();
    assert.deepEqual([run.outcomes, run.connections[0]?.retries], [["established"], 1]);
  });
}

test("C4 sequence numbers may wrap around", () => {
  for (const sequence of [-1, 0x7fff_ffff, -0x8000_0000, 0]) {
    const run = new SensorRun().see(0, ...frames("in C>VIP; out C>S", { ...SYN, sequence }));
    run.see(MILLIS, ...frames("in S>C; out VIP>C", answerTo(sequence))).finish();
    assert.deepEqual(run.outcomes, ["established"], `ISN ${sequence}`);
  }
});

test("C4 a SYN cookie in the answer does not matter: the client's number decides", () => {
  const run = new SensorRun().see(0, ...frames("in C>S; out C>S", SYN));
  run.see(MILLIS, ...frames("in S>C; out S>C", { ...answerTo(ISN), sequence: -987_654_321 })).finish();
  assert.deepEqual(run.outcomes, ["established"]);
});

test("C3 an answer with another acknowledgement is not this connection's", () => {
  const run = new SensorRun().see(0, ...frames("in C>S", SYN));
  run.see(MILLIS, ...frames("in S>C", answerTo(ISN + 1)), ...frames("in S>C", answerTo(ISN + 2, Flags.rstAck)));
  run.wait(6 * SECONDS);
  assert.deepEqual(run.outcomes, ["timed_out"]);
  assert.equal(run.counters.handshakes.unmatchedAnswers, 2);
});

test("C9 an answer with its number from another server, or to another client, is not this connection's", () => {
  const run = new SensorRun().see(0, ...frames("in C>VIP; out C>S", SYN));
  for (const [i, path] of ["in E>C", "in S>X", "out VIP>X", "out E>C"].entries()) {
    run.see(MILLIS + i, ...frames(path, answerTo(ISN)), ...frames(path, answerTo(ISN, Flags.rstAck)));
  }
  run.wait(6 * SECONDS);
  assert.deepEqual(run.outcomes, ["timed_out"]);
  assert.deepEqual([run.counters.handshakes.answersRejected, run.counters.handshakes.unmatchedAnswers], [8, 0]);
});

test("C3 a reset without ACK does not answer a SYN", () => {
  const run = new SensorRun().see(0, ...frames("in C>S", SYN));
  run.see(MILLIS, ...frames("in S>C", { flags: Flags.rst, sequence: ISN + 1 })).wait(6 * SECONDS);
  assert.deepEqual(run.outcomes, ["timed_out"]);
});

test("C3 a reset after the handshake, from either side, is not a failed connect", () => {
  const run = new SensorRun().see(0, ...frames("in C>VIP; out C>S", SYN));
  run.see(MILLIS, ...frames("in S>C; out VIP>C", answerTo(ISN)));
  run.see(9 * MILLIS, ...frames("in S>C; out VIP>C", answerTo(ISN, Flags.rstAck)));
  run.see(10 * MILLIS, ...frames("in C>VIP; out C>S", { flags: Flags.rstAck, sequence: ISN + 1, acknowledgement: 9 }));
  run.wait(20 * SECONDS).finish();
  assert.deepEqual(run.outcomes, ["established"]);
});

test("C6 mid-stream traffic makes no connection: neither answers nor resets nor data open one", () => {
  const run = new SensorRun();
  run.see(0, ...frames("in S>C; out VIP>C", answerTo(ISN)));
  run.see(MILLIS, ...frames("in S>C", answerTo(ISN, Flags.rstAck)), ...frames("in C>S", { flags: Flags.rst }));
  run.see(2 * MILLIS, ...frames("in C>S; out C>S", { flags: Flags.pshAck, sequence: 1, acknowledgement: 1 }));
  run.wait(20 * SECONDS).finish();
  assert.deepEqual(run.connections, []);
});

test("C3 a SYN without answer is timed out 5 s after it, not before", () => {
  const run = new SensorRun().see(0, ...frames("in C>S", SYN)).wait(4.999 * SECONDS);
  assert.deepEqual(run.outcomes, []);
  run.wait(5 * SECONDS);
  assert.deepEqual(run.outcomes, ["timed_out"]);
  assert.equal(run.connections[0]?.endMicros, BEGIN_MICROS + 5 * SECONDS);
});

test("C3 the 5 s count from the last SYN", () => {
  const run = new SensorRun().see(0, ...frames("in C>S", SYN)).see(3 * SECONDS, ...frames("in C>S", SYN));
  run.wait(7.999 * SECONDS);
  assert.deepEqual(run.outcomes, []);
  run.wait(8 * SECONDS);
  assert.deepEqual(run.outcomes, ["timed_out"]);
});

test("C2 retransmissions of a SYN up to 127 s after the first are not reported again", () => {
  for (const times of [
    [0, 1, 3, 7, 15, 31, 63, 127],
    [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67, 131],
  ]) {
    const run = new SensorRun();
    for (const second of times) run.see(second * SECONDS, ...frames("oth C>VIP; in C>S; out N>S", SYN));
    run.wait(300 * SECONDS).finish();
    assert.deepEqual([run.outcomes, run.repeating.length], [["timed_out"], 1], `SYNs at ${times}`);
    assert.ok(run.counters.handshakes.synsAfterVerdict >= 3);
  }
});

test("C3 an answer after the verdict is counted and not reported again", () => {
  const run = new SensorRun().see(0, ...frames("in C>VIP; out C>S", SYN)).wait(6 * SECONDS);
  run
    .see(7 * SECONDS, ...frames("in S>C; out VIP>C", answerTo(ISN)))
    .wait(20 * SECONDS)
    .finish();
  assert.deepEqual(run.outcomes, ["timed_out"]);
  assert.ok(run.counters.handshakes.answersAfterTimeout >= 1);
});

test("C3 at the end of a file a retransmitted SYN is timed out and a recent one unfinished", () => {
  const run = new SensorRun().see(0, ...frames("in C>S; out C>S", SYN));
  run.see(SECONDS, ...frames("in C>S; out C>S", SYN));
  run.see(1.5 * SECONDS, ...frames("in X>E", { ...SYN, sequence: 1 })).finish();
  assert.deepEqual(
    run.connections.map(({ preNat, outcome }) => [preNat, outcome]),
    [
      [tuple("C>S", "IPv4"), "timed_out"],
      [tuple("X>E", "IPv4"), "unfinished"],
    ],
  );
  assert.deepEqual([run.counters.handshakes.unfinished, run.counters.handshakes.halfOpen], [1, 0]);
});

test("C3 at the end of a file a SYN that is 5 s old is timed out", () => {
  const run = new SensorRun().see(0, ...frames("in C>S", SYN));
  run.see(5 * SECONDS, ...frames("in X>E", { ...SYN, sequence: 1 })).finish();
  assert.deepEqual(run.outcomes, ["timed_out", "unfinished"]);
});

test("C3 at the end of a live capture a retransmitted SYN is unfinished: another sensor may see its answer", () => {
  const run = new SensorRun().see(0, ...frames("in C>S; out C>S", SYN));
  run.see(SECONDS, ...frames("in C>S; out C>S", SYN)).stop();
  assert.deepEqual([run.outcomes, run.counters.handshakes.unfinished], [["unfinished"], 1]);
  const next = new SensorRun().see(3 * SECONDS, ...frames("in C>S; out C>S", SYN));
  next.see(3 * SECONDS + MILLIS, ...frames("in S>C; out S>C", answerTo(ISN))).finish();
  assert.deepEqual(next.outcomes, ["established"]);
});

test("C3 an answer that only its last interface did not show counts at the end of a live capture", () => {
  const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", SYN));
  run.see(MILLIS, ...frames("oth S>C", answerTo(ISN))).stop();
  assert.deepEqual(run.outcomes, ["established"]);
});

test("C3 a retransmitted SYN before the clock is set back is unfinished", () => {
  const run = new SensorRun().see(0, ...frames("in C>S", SYN)).see(SECONDS, ...frames("in C>S", SYN));
  run.see(-3_600 * SECONDS, ...frames("in S>C", answerTo(ISN)));
  assert.deepEqual(run.outcomes, ["unfinished"]);
});

test("C3 live, nothing times out where the clock is set forward; in a file, nothing shows that it was", () => {
  for (const [isLive, outcomes, lookups] of [
    [true, ["unfinished", "established"], []],
    [false, ["timed_out", "established"], ["api.example.com"]],
  ] as const) {
    const run = new SensorRun([53], isLive).see(0, ...frames("in C>S", SYN));
    run.see(MILLIS, ...sightings("in C>DNS", "IPv4").map((one) => dnsFrame(one, query({ name: "api.example.com" }))));
    run.see(3_600 * SECONDS, ...frames("in C>S", { ...SYN, sequence: 1 }));
    run.see(3_600 * SECONDS + MILLIS, ...frames("in S>C", answerTo(1))).finish();
    assert.deepEqual(run.outcomes, outcomes);
    assert.deepEqual(
      run.lookups.map(({ name }) => name),
      lookups,
    );
  }
});

test("C3 live, a SYN without answer is timed out while the sensor reports the time", () => {
  const run = new SensorRun([53], true).see(0, ...frames("in C>S", SYN));
  for (let micros = 0; micros <= 5 * SECONDS; micros += 200 * MILLIS) run.wait(micros);
  assert.deepEqual(run.outcomes, ["timed_out"]);
});
