import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "../../../src/model/connection.ts";
import { Direction } from "../../../src/model/packet.ts";
import { FAMILIES, type Family, sightings, tuple } from "../../correlate/support/address-book.ts";
import { answerTo, Flags, tcpFrame } from "../../correlate/support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../../correlate/support/sensor-run.ts";
import { BRIDGE_CASES } from "./bridge-cases.ts";
import type { NodeCase } from "./node-case.ts";
import { POINT_TO_POINT_CASES } from "./point-to-point-cases.ts";

const ISN = -1_234_567;
const SYN = { flags: Flags.syn, sequence: ISN, timestampValue: 77 };

/** When Linux 6 sends a SYN and its retransmissions; the client gives up after 5 s. */
const SYN_TIMES = [0, 1, 2, 3.1, 4.1].map((seconds) => seconds * SECONDS);

function synOf({ syn }: NodeCase, family: Family): Uint8Array[] {
  return sightings(syn, family).map((sighting) => tcpFrame(sighting, SYN));
}

function answerOf({ answer }: NodeCase, family: Family, flags: number): Uint8Array[] {
  return sightings(answer, family).map((sighting) => tcpFrame(sighting, answerTo(ISN, flags)));
}

function tuplesOf(node: NodeCase, family: Family) {
  const [{ packetType } = { packetType: 0 }] = sightings(node.syn, family);
  return {
    preNat: tuple(node.preNat, family),
    postNat: tuple(node.postNat, family),
    firstDirection: packetType === 4 ? Direction.outgoing : Direction.incoming,
  };
}

/** Microseconds from the first sighting of the answer to the last, which is at the client. */
function arrival({ answer }: NodeCase): number {
  return (answer.split(";").length - 1) * 16;
}

function durationOf({ startMicros, endMicros }: Connection): number {
  return endMicros - startMicros;
}

for (const [network, cases] of [
  ["bridge", BRIDGE_CASES],
  ["point-to-point", POINT_TO_POINT_CASES],
] as const) {
  for (const node of cases) {
    for (const family of FAMILIES) {
      const title = `${node.name}, on a ${network} network over ${family}`;

      test(`C1 ${title}: all sightings of one handshake are one established connection`, () => {
        const run = new SensorRun().see(0, ...synOf(node, family));
        run.see(2 * MILLIS, ...answerOf(node, family, Flags.synAck)).wait(6 * SECONDS);
        const [connection] = run.finish().connections;
        assert.ok(connection);
        const { startMicros, endMicros: _, path: _path, ...rest } = connection;
        assert.deepEqual(rest, {
          outcome: "established",
          retries: 0,
          senderLink: 0,
          otherAnswer: null,
          ...tuplesOf(node, family),
        });
        assert.equal(startMicros, BEGIN_MICROS);
        const duration = durationOf(connection);
        assert.ok(duration >= 2 * MILLIS && duration <= 2 * MILLIS + arrival(node), `${duration} µs`);
        assert.deepEqual([run.connections.length, run.repeating.length], [1, 0]);
      });

      test(`C3 ${title}: a reset to the SYN is one refused connection`, () => {
        const run = new SensorRun().see(0, ...synOf(node, family));
        run.see(2 * MILLIS, ...answerOf(node, family, Flags.rstAck)).wait(6 * SECONDS);
        const [connection] = run.finish().connections;
        assert.deepEqual(run.outcomes, ["refused"]);
        assert.deepEqual(
          [connection?.preNat, connection?.postNat],
          [tuple(node.preNat, family), tuple(node.postNat, family)],
        );
      });

      test(`C2 ${title}: a SYN that is retransmitted four times and not answered is one timed-out connection`, () => {
        const run = new SensorRun();
        for (const time of SYN_TIMES) run.see(time, ...synOf(node, family));
        const [connection] = run.wait(12 * SECONDS).finish().connections;
        assert.ok(connection);
        const { startMicros, endMicros, path: _path, ...rest } = connection;
        assert.deepEqual(rest, {
          outcome: "timed_out",
          retries: 4,
          senderLink: 0,
          otherAnswer: null,
          ...tuplesOf(node, family),
        });
        assert.deepEqual([startMicros, endMicros], [BEGIN_MICROS, BEGIN_MICROS + 9.1 * SECONDS]);
        assert.deepEqual([run.connections.length, run.repeating.length], [1, 1]);
      });
    }
  }
}
