import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection, Endpoint } from "../../../src/model/connection.ts";
import { FAMILIES, type Family, sightings, tuple } from "../../correlate/support/address-book.ts";
import { answerTo, Flags, type Segment, tcpFrame } from "../../correlate/support/frames.ts";
import { MILLIS, SECONDS, SensorRun } from "../../correlate/support/sensor-run.ts";
import { seededRandom } from "../../lab/cluster/random.ts";
import { BRIDGE_CASES } from "./bridge-cases.ts";
import type { NodeCase } from "./node-case.ts";

interface Attempt {
  readonly node: NodeCase;
  readonly family: Family;
  readonly sequence: number;
  /** Port of the client, also when masqueraded: identifies the attempt in the facts. */
  readonly port: number;
  readonly startMicros: number;
  readonly outcome: "established" | "refused" | "timed_out";
}

interface TimedFrame {
  readonly micros: number;
  readonly frame: Uint8Array;
}

const ATTEMPTS = 800;
const CLIENTS = ["C", "N", "G", "F", "M", "X"];

function attemptsOf(random: () => number): Attempt[] {
  return Array.from({ length: ATTEMPTS }, (_, i) => {
    const chance = random();
    return {
      node: BRIDGE_CASES[i % BRIDGE_CASES.length] as NodeCase,
      family: FAMILIES[random() < 0.5 ? 0 : 1] as Family,
      sequence: Math.floor(random() * 2 ** 32) | 0,
      port: 10_000 + i,
      startMicros: Math.floor(random() * 30 * SECONDS),
      outcome: chance < 0.75 ? "established" : chance < 0.85 ? "refused" : "timed_out",
    };
  });
}

function framesOf({ node, family, sequence, port, startMicros, outcome }: Attempt): TimedFrame[] {
  const ports = Object.fromEntries(CLIENTS.map((name) => [name, port]));
  const pass = (path: string, micros: number, segment: Segment) =>
    sightings(path, family, ports).map((sighting, hop) => ({
      micros: micros + hop * 16,
      frame: tcpFrame(sighting, segment),
    }));
  const syn = { flags: Flags.syn, sequence, timestampValue: port };
  if (outcome === "timed_out") {
    return [0, 1, 2, 3.1, 4.1].flatMap((second) => pass(node.syn, startMicros + second * SECONDS, syn));
  }
  const flags = outcome === "refused" ? Flags.rstAck : Flags.synAck;
  return [...pass(node.syn, startMicros, syn), ...pass(node.answer, startMicros + MILLIS, answerTo(sequence, flags))];
}

function same(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}

/** Whether the fact has the client, the server and the outcome of the attempt. */
function isRight(connection: Connection, { node, family, port, outcome }: Attempt): boolean {
  const ports = Object.fromEntries(CLIENTS.map((name) => [name, port]));
  return (
    connection.outcome === outcome &&
    same(connection.preNat.source, tuple(node.preNat, family, ports).source) &&
    same(connection.postNat.destination, tuple(node.postNat, family, ports).destination)
  );
}

function replay(attempts: readonly Attempt[], isLost: () => boolean) {
  const timeline = attempts.flatMap(framesOf).sort((a, b) => a.micros - b.micros);
  const run = new SensorRun();
  for (const { micros, frame } of timeline) if (!isLost()) run.see(micros, frame);
  run.wait(60 * SECONDS).finish();
  const byPort = new Map(attempts.map((attempt) => [attempt.port, attempt]));
  const correct = new Set<Attempt>();
  for (const connection of run.connections) {
    const attempt = byPort.get(connection.preNat.source.port);
    if (attempt !== undefined && isRight(connection, attempt)) correct.add(attempt);
  }
  return { right: correct.size, facts: run.connections.length, run };
}

test("C1 hundreds of connections of all kinds on a bridge network, without loss, make exactly their facts", () => {
  const { right, facts, run } = replay(attemptsOf(seededRandom(1).next), () => false);
  assert.deepEqual([right, facts], [ATTEMPTS, ATTEMPTS]);
  assert.equal(run.counters.handshakes.halfOpen, 0);
});

for (const seed of [2, 3, 4, 5]) {
  test(`C1 1 % of frames lost at random costs at most 1 % of the facts (seed ${seed})`, () => {
    const random = seededRandom(seed).next;
    const { right, facts } = replay(attemptsOf(random), () => random() < 0.01);
    assert.ok(right >= 0.99 * ATTEMPTS, `recall ${right} of ${ATTEMPTS}`);
    assert.ok(right >= 0.99 * facts, `precision ${right} of ${facts}`);
  });
}
