import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PendingFacts } from "../../src/resolve/pending-facts.ts";
import { cpuMicros } from "../support/cpu-time.ts";

const MILLIS = 1_000;
const SECONDS = 1_000_000;

/** Numbers as facts: those in `known` can be decided; `tried` and `decided` record the calls in order. */
function numbers() {
  const known = new Set<number>();
  const tried: number[] = [];
  const decided: number[] = [];
  const room = new PendingFacts<number>((fact, isLast) => {
    tried.push(fact);
    const isDone = isLast || known.has(fact);
    if (isDone) decided.push(fact);
    return isDone;
  });
  return { room, known, tried, decided };
}

test("a fact is tried when it is ready, then once for each update, and last at its deadline", () => {
  const { room, tried, decided } = numbers();
  room.add(1, 60, 300);
  for (const [now, version, tries] of [
    [50, 1, 0],
    [60, 1, 1],
    [100, 1, 1],
    [110, 2, 2],
    [299, 2, 2],
    [300, 2, 3],
    [400, 3, 3],
  ] as const) {
    room.advance(now, version);
    assert.equal(tried.length, tries, `at ${now}`);
  }
  assert.deepEqual([decided, room.size], [[1], 0]);
});

test("with few pending facts, an update is tried in the same advance, however soon after another, in order of arrival", () => {
  const { room, known, decided } = numbers();
  for (let fact = 0; fact < 20; fact++) room.add(fact, 0, 3 * SECONDS);
  room.advance(1, 0);
  for (let version = 1; version <= 9; version++) {
    known.add(19 - version);
    known.add(version - 1);
    room.advance(version + 1, version);
    assert.deepEqual(decided.slice(-2), [version - 1, 19 - version]);
  }
});

test("a fact is decided at its deadline, even if one before it is not ready or has a later deadline", () => {
  const { room, decided } = numbers();
  room.add(1, 500, 600);
  room.add(2, 10, 400);
  room.add(3, 10, 20);
  room.advance(20, 0);
  assert.deepEqual(decided, [3]);
  room.advance(450, 0);
  assert.deepEqual(decided, [3, 2]);
  room.finish();
  assert.deepEqual(decided, [3, 2, 1]);
});

test("where the clock was set back, so that all facts were decided, later ones are tried with each update as before", () => {
  const { room, tried } = numbers();
  room.advance(3_600 * SECONDS, 0);
  room.finish();
  let version = 0;
  for (let second = 0; second < 3; second++) {
    for (let fact = 0; fact < 1_000; fact++) room.add(fact, second * SECONDS, (second + 10) * SECONDS);
    room.advance(second * SECONDS, version);
    tried.length = 0;
    room.advance(second * SECONDS + 500 * MILLIS, ++version);
    assert.equal(tried.length, 1_000, `in second ${second}`);
    room.finish();
  }
});

test("60,000 pending facts with twenty updates a second are tried 10,240 times a second, in turn", () => {
  const { room, tried, decided } = numbers();
  const count = 60_000;
  for (let fact = 0; fact < count; fact++) room.add(fact, 0, 20 * SECONDS);
  room.advance(0, 0);
  assert.equal(tried.length, count);
  tried.length = 0;
  for (let version = 1; version <= 200; version++) room.advance(version * 50 * MILLIS, version);
  assert.ok(tried.length <= 10 * 10_240 + 1_024, `${tried.length} tries`);
  assert.equal(new Set(tried).size, count, "all had a turn");
  assert.equal(decided.length, 0);
});

test("20,000 facts a second that no update decides, with twenty updates a second, cost the same in each quarter", () => {
  const { room, tried, decided } = numbers();
  const micros: number[] = [];
  const perQuarter = 50_000;
  for (let quarter = 0, fact = 0; quarter < 4; quarter++) {
    const begin = cpuMicros();
    for (let i = 0; i < perQuarter; i++, fact++) {
      const now = fact * 50;
      room.add(fact, now + 60 * MILLIS, now + 3 * SECONDS);
      // Like the batches of a sensor, every 20 ms.
      if (fact % 400 === 0) room.advance(now, Math.floor(now / (50 * MILLIS)));
    }
    micros.push((cpuMicros() - begin) / perQuarter);
  }
  const list = micros.map((each) => each.toFixed(1)).join(", ");
  assert.ok(Math.max(...micros) < 50, `${list} µs a fact`);
  assert.ok(tried.length < 4 * (decided.length + room.size), `${tried.length} tries`);
});

test("a full table decides its oldest fact early, and counts it", () => {
  const { room, decided } = numbers();
  for (let fact = 0; fact < 65_540; fact++) room.add(fact, 0, 3 * SECONDS);
  assert.deepEqual([decided, room.evicted, room.size], [[0, 1, 2, 3], 4, 65_536]);
  room.advance(1, 0);
  for (let fact = 65_540; fact < 65_543; fact++) room.add(fact, 0, 3 * SECONDS);
  room.advance(2, 0);
  assert.deepEqual([decided.slice(4), room.evicted, room.size], [[4, 5, 6], 7, 65_536]);
});

test("each fact is decided once, in the first advance after its deadline at the latest, in order of arrival", () => {
  const step = fc.record({
    adds: fc.array(fc.record({ ready: fc.nat(50), waits: fc.nat(100) }), { maxLength: 5 }),
    passes: fc.nat(40),
    isUpdate: fc.boolean(),
    known: fc.array(fc.nat(60), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { room, known, tried, decided } = numbers();
      const deadlines: number[] = [];
      let now = 0;
      let version = 0;
      for (const { adds, passes, isUpdate, known: more } of steps) {
        for (const { ready, waits } of adds) {
          room.add(deadlines.length, now + ready, now + ready + waits);
          deadlines.push(now + ready + waits);
        }
        for (const fact of more) known.add(fact);
        now += passes;
        if (isUpdate) version++;
        tried.length = 0;
        room.advance(now, version);
        assert.deepEqual(
          tried,
          [...tried].sort((a, b) => a - b),
        );
        const open = deadlines.flatMap((deadline, fact) => (deadline <= now ? [fact] : []));
        assert.deepEqual(
          open.filter((fact) => !decided.includes(fact)),
          [],
        );
        assert.equal(room.size, deadlines.length - decided.length);
      }
      room.finish();
      assert.equal(new Set(decided).size, decided.length);
      assert.equal(decided.length, deadlines.length);
    }),
  );
});

test("a fact of a time to come does not hold up those behind it for longer than a second", () => {
  const { room, known, decided } = numbers();
  room.advance(SECONDS, 0);
  known.add(1).add(2);
  room.add(1, 3_600 * SECONDS, 3_603 * SECONDS);
  room.add(2, SECONDS, 4 * SECONDS);
  room.advance(2 * SECONDS - 1, 0);
  assert.deepEqual(decided, []);
  room.advance(2 * SECONDS, 0);
  assert.deepEqual(decided, [1, 2]);
});
