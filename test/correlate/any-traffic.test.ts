import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Connection } from "../../src/model/connection.ts";
import { FAMILIES, sightings, tuple } from "./support/address-book.ts";
import { answer, query } from "./support/dns-messages.ts";
import { answerTo, dnsFrame, Flags, tcpFrame, unreachableFrame } from "./support/frames.ts";
import { MILLIS, SECONDS, SensorRun } from "./support/sensor-run.ts";

/** Few of everything, so that what should not meet does meet. */
const family = fc.constantFrom(...FAMILIES);
const sequence = fc.constantFrom(1, 2, 3, -1);
const port = fc.constantFrom(40_000, 40_001);
const synPath = fc.constantFrom(
  "oth C>VIP",
  "in C>S",
  "out C>S",
  "out N>S",
  "in X>NP",
  "out G>Self",
  "oth C>VIP; out C>S",
);
const answerPath = fc.constantFrom("oth S>C", "out VIP>C", "in S>N", "in S>X", "out NP>X", "oth Self>G; out VIP>C");

const synFrames = fc.record({ family, sequence, port, path: synPath, data: fc.boolean() }).map((syn) => {
  const payload = new Uint8Array(syn.data ? 3 : 0);
  const segment = { flags: Flags.syn, sequence: syn.sequence, timestampValue: syn.port, payload };
  return sightings(syn.path, syn.family, { C: syn.port }).map((sighting) => tcpFrame(sighting, segment));
});

const answerFrames = fc
  .record({
    family,
    sequence,
    port,
    path: answerPath,
    flags: fc.constantFrom(Flags.synAck, Flags.rstAck, Flags.rst, 0xff),
  })
  .map(({ family, sequence, port, path, flags }) =>
    sightings(path, family, { C: port }).map((sighting) => tcpFrame(sighting, answerTo(sequence, flags))),
  );

const quoteFrames = fc
  .record({ family, sequence, port, path: fc.constantFrom("in M>N", "out M>C", "in N>N"), code: fc.nat(15) })
  .map(({ family, sequence, port, path, code }) =>
    sightings(path, family).map((sighting) =>
      unreachableFrame(sighting, tuple("C>VIP", family, { C: port }), { flags: Flags.syn, sequence }, { code }),
    ),
  );

const dnsFrames = fc
  .record({
    family,
    id: fc.nat(2),
    name: fc.constantFrom("a.example", "A.example", "b.example"),
    path: fc.constantFrom("oth C>DNS", "out C>Core", "in Core>C", "out DNS>C", "in C>Cache", "out N>Up", "in Up>N"),
    isAnswer: fc.boolean(),
    flags: fc.constantFrom(0x0180, 0x0183, 0x0182, 0x0380),
  })
  .map(({ family, id, name, path, isAnswer, flags }) => {
    const message = isAnswer ? answer({ id, name }, flags === 0x0180 ? ["10.0.0.1"] : [], flags) : query({ id, name });
    return sightings(path, family).map((sighting) => dnsFrame(sighting, message));
  });

const anyFrames = fc.oneof(synFrames, answerFrames, quoteFrames, dnsFrames);

/** Forwards mostly; now and then backwards, or minutes ahead. */
const jump = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 30 * MILLIS }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 7 * SECONDS }) },
  { weight: 1, arbitrary: fc.integer({ min: -10 * SECONDS, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 300 * SECONDS }) },
);

const traffic = fc.array(fc.record({ frames: anyFrames, jump }), { maxLength: 120 });

function assertSound(connection: Connection): void {
  assert.ok(connection.endMicros >= connection.startMicros, "ends before it began");
  assert.ok(connection.retries >= 0);
}

test("C5 any traffic in any order, with any times, gives valid facts and leaves nothing open", () => {
  fc.assert(
    fc.property(traffic, (steps) => {
      const run = new SensorRun();
      let now = 20 * SECONDS;
      for (const { frames, jump } of steps) {
        now = Math.max(0, now + jump);
        run.see(now, ...frames);
      }
      run.finish();
      for (const connection of [...run.connections, ...run.repeating]) assertSound(connection);
      const { handshakes, exchanges } = run.counters;
      assert.deepEqual([handshakes.halfOpen, exchanges.open], [0, 0]);
      assert.ok(run.repeating.length <= run.connections.length, "more reported as repeating than decided");
      for (const lookup of run.lookups) {
        assert.ok(lookup.answerMicros === null || lookup.answerMicros >= lookup.queryMicros - 10 * SECONDS);
        assert.equal(lookup.rcode === null, lookup.answerMicros === null);
        assert.equal(lookup.responder === null, lookup.answerMicros === null);
      }
    }),
    { numRuns: 150 },
  );
});

/** One attempt's life on a node; each frame may be lost or doubled, and others run in between. */
const life = fc.record({
  port: fc.integer({ min: 10_000, max: 10_050 }),
  startMicros: fc.nat(2 * SECONDS),
  seconds: fc.constantFrom([0], [0, 1], [0, 1, 2, 3.1, 4.1]),
  isAnswered: fc.boolean(),
});

test("C2 each attempt is reported once, with any duplicated frames and any overlap of attempts", () => {
  const lives = fc.uniqueArray(life, { selector: ({ port }) => port, maxLength: 20 });
  fc.assert(
    fc.property(lives, fc.infiniteStream(fc.integer({ min: 1, max: 3 })), (attempts, copies) => {
      const frames: { at: number; frame: Uint8Array }[] = [];
      const pass = (path: string, attempt: { port: number }, at: number, segment: Parameters<typeof tcpFrame>[1]) => {
        for (const [hop, sighting] of sightings(path, "IPv4", { C: attempt.port }).entries()) {
          const frame = tcpFrame(sighting, segment);
          const count = copies.next().value ?? 1;
          for (let i = 0; i < count; i++) frames.push({ at: at + hop * 16, frame });
        }
      };
      for (const attempt of attempts) {
        const isn = Math.imul(attempt.port, 7_919);
        for (const second of attempt.seconds) {
          const at = attempt.startMicros + second * SECONDS;
          pass("oth C>VIP; in C>S; out C>S", attempt, at, { flags: Flags.syn, sequence: isn });
        }
        const end = attempt.startMicros + (attempt.seconds.at(-1) ?? 0) * SECONDS + MILLIS;
        if (attempt.isAnswered) pass("in S>C; out VIP>C; out VIP>C", attempt, end, answerTo(isn));
      }
      const run = new SensorRun();
      for (const { at, frame } of frames.sort((a, b) => a.at - b.at)) run.see(at, frame);
      run.wait(60 * SECONDS).finish();
      const reported = run.connections.map(({ preNat }) => preNat.source.port).sort();
      assert.deepEqual(reported, attempts.map(({ port }) => port).sort());
      assert.equal(run.repeating.length, attempts.filter(({ seconds }) => seconds.length > 1).length);
    }),
    { numRuns: 50 },
  );
});

test("D2 a clock that is set back an hour delays no answer and no verdict", () => {
  const run = new SensorRun();
  const back = -3_600 * SECONDS;
  run.see(0, ...sightings("in C>S", "IPv4").map((sighting) => tcpFrame(sighting, { flags: Flags.syn, sequence: 1 })));
  for (const [at, path, message] of [
    [back, "in C>DNS; out C>Core", query({ name: "a.example" })],
    [back + MILLIS, "in Core>C; out DNS>C", answer({ name: "a.example" }, ["10.0.0.1"])],
  ] as const) {
    run.see(at, ...sightings(path, "IPv4").map((sighting) => dnsFrame(sighting, message)));
  }
  run.wait(back + 20 * SECONDS);
  assert.deepEqual([run.lookups.length, run.connections.length], [1, 1]);
});
