import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES, type Family, sightings, tuple } from "../support/address-book.ts";
import { answerTo, Flags, type Segment, tcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const ISN = 555_000_222;

function frames(path: string, family: Family, segment: Segment): Uint8Array[] {
  return sightings(path, family).map((sighting) => tcpFrame(sighting, segment));
}

const syn = (path: string, family: Family, id = 1) =>
  frames(path, family, { flags: Flags.syn, sequence: ISN, timestampValue: id, id });
const answer = (path: string, family: Family, flags?: number) => frames(path, family, answerTo(ISN, flags));

for (const family of FAMILIES) {
  const server = tuple("C>S", family).destination;

  test(`an answer from a server that no SYN went to proves nothing, and is kept (${family})`, () => {
    for (const [flags, outcome] of [
      [Flags.synAck, "established"],
      [Flags.rstAck, "refused"],
    ] as const) {
      const run = new SensorRun().see(0, ...syn("in C>VIP", family));
      run.see(MILLIS, ...answer("in S>C", family, flags)).wait(6 * SECONDS);
      assert.deepEqual(run.outcomes, ["timed_out"]);
      assert.deepEqual(run.connections[0]?.otherAnswer, { server, outcome, micros: BEGIN_MICROS + MILLIS });
      assert.deepEqual(run.connections[0]?.postNat, tuple("C>VIP", family));
    }
  });

  test(`at the end of a capture the attempt is unfinished, with that answer (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>VIP", family)).see(MILLIS, ...answer("in S>C", family));
    run.finish();
    assert.deepEqual(run.outcomes, ["unfinished"]);
    assert.deepEqual(run.connections[0]?.otherAnswer?.server, server);
  });

  test(`the answer of the dialed address decides, whatever came before (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>VIP", family)).see(MILLIS, ...answer("in S>C; out VIP>C", family));
    assert.deepEqual(run.outcomes, ["established"]);
    assert.equal(run.connections[0]?.otherAnswer, null);
  });

  test(`an answer after which the client sends its SYN again has not reached it, nor do later ones (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>VIP", family)).see(MILLIS, ...answer("in S>C", family));
    run.see(SECONDS, ...syn("in C>VIP", family, 2)).see(SECONDS + MILLIS, ...answer("in S>C", family));
    run.wait(7 * SECONDS);
    assert.deepEqual(run.outcomes, ["timed_out"]);
    assert.equal(run.connections[0]?.otherAnswer, null);
  });

  test(`the first answer may be one to a retransmission (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>VIP", family)).see(SECONDS, ...syn("in C>VIP", family, 2));
    run.see(SECONDS + MILLIS, ...answer("in S>C", family)).wait(7 * SECONDS);
    assert.equal(run.connections[0]?.otherAnswer?.micros, BEGIN_MICROS + SECONDS + MILLIS);
  });

  test(`an answer of the client itself, which dialed its own Service, is kept (${family})`, () => {
    // The eBPF program gives the SYN a source address of its own.
    const run = new SensorRun().see(0, ...syn("in C>VIP", family));
    run.see(MILLIS, ...frames("in Self>L", family, answerTo(ISN))).wait(6 * SECONDS);
    assert.deepEqual(run.connections[0]?.otherAnswer?.server, tuple("C>Self", family).destination);
  });

  test(`an answer to another client, or to an attempt whose translation was seen, is not kept (${family})`, () => {
    const other = new SensorRun().see(0, ...syn("in C>VIP", family)).see(MILLIS, ...answer("in S>N", family));
    const seen = new SensorRun().see(0, ...syn("in C>VIP; out C>E", family)).see(MILLIS, ...answer("in S>C", family));
    for (const run of [other, seen]) {
      run.wait(6 * SECONDS);
      assert.deepEqual([run.outcomes, run.connections[0]?.otherAnswer], [["timed_out"], null]);
    }
  });
}
