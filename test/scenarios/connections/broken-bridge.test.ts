import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES, type Family, sightings } from "../../correlate/support/address-book.ts";
import { answerTo, Flags, type Segment, tcpFrame } from "../../correlate/support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../../correlate/support/sensor-run.ts";

const ISN = 90_210;
const SYN = { flags: Flags.syn, sequence: ISN, timestampValue: 5 };

function frames(path: string, family: Family, segment: Segment): Uint8Array[] {
  return sightings(path, family).map((sighting) => tcpFrame(sighting, segment));
}

for (const family of FAMILIES) {
  test(`C3 without br_netfilter the server answers with its own address, the client resets: timed out (${family})`, () => {
    const run = new SensorRun();
    for (const [i, second] of [0, 1, 2, 3.1, 4.1].entries()) {
      const at = second * SECONDS;
      run.see(at, ...frames("oth C>VIP; out C>S", family, SYN));
      run.see(at + MILLIS, ...frames("oth S>C; out S>C", family, { ...answerTo(ISN), sequence: 1000 + i }));
      // RFC 9293 §3.10.7.3: in SYN-SENT, an unacceptable segment is answered by a reset without ACK.
      run.see(at + 2 * MILLIS, ...frames("oth C>S; out C>S", family, { flags: Flags.rst, sequence: ISN + 1 }));
    }
    run.wait(12 * SECONDS).finish();
    assert.deepEqual(run.outcomes, ["timed_out"]);
    assert.deepEqual([run.connections[0]?.retries, run.repeating.length], [4, 1]);
  });

  test(`C3 an answer without its last sighting, and no retransmitted SYN, is an established connection (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", family, SYN));
    run.see(3 * MILLIS, ...frames("oth S>C", family, answerTo(ISN))).wait(6 * SECONDS);
    assert.deepEqual(run.outcomes, ["established"]);
    assert.equal(run.connections[0]?.endMicros, BEGIN_MICROS + 3 * MILLIS);
  });

  test(`C3 the same for a reset is a refused connection (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", family, SYN));
    run.see(3 * MILLIS, ...frames("oth S>C", family, answerTo(ISN, Flags.rstAck))).wait(6 * SECONDS);
    assert.deepEqual(run.outcomes, ["refused"]);
  });

  test(`C3 at the end of a file, half an answer and no retransmitted SYN is an established connection (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", family, SYN));
    run.see(3 * MILLIS, ...frames("oth S>C", family, answerTo(ISN))).finish();
    assert.deepEqual(run.outcomes, ["established"]);
  });

  test(`C3 half an answer before a retransmitted SYN, and a complete one after it, is an established connection (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>VIP; out C>S", family, SYN));
    run.see(3 * MILLIS, ...frames("oth S>C", family, answerTo(ISN)));
    run.see(SECONDS, ...frames("oth C>VIP; out C>S", family, SYN));
    run.see(SECONDS + MILLIS, ...frames("oth S>C; out VIP>C", family, answerTo(ISN))).finish();
    assert.deepEqual(run.outcomes, ["established"]);
    assert.equal(run.connections[0]?.retries, 1);
  });
}
