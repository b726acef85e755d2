import assert from "node:assert/strict";
import { test } from "node:test";
import type { FailureVerdict, SendAnswer, SpanPairSink } from "../../../src/export/queue/exporter.ts";
import { PairExporter, type PairExporterOptions } from "../../../src/export/queue/pair-exporter.ts";
import { MAX_AGE_MICROS, MAX_BATCH_BYTES } from "../../../src/export/queue/pair-queue.ts";
import type { SpanPair } from "../../../src/export/spans/span-pair.ts";
import { ManualClock, settle } from "../support/manual-clock.ts";
import { interaction } from "../support/sample-interactions.ts";

const ACCEPTED: SendAnswer = { type: "accepted" };

function failed(verdict: FailureVerdict, code = 1, retryAfterMillis: number | null = null): SendAnswer {
  return { type: "failed", verdict, code, retryAfterMillis, sentence: `Failed with ${code}.` };
}
const UNAVAILABLE = failed("retry", 14);

/** A Collector with replies that the test chooses, which stores its requests. */
class ScriptedSink implements SpanPairSink {
  answer: () => SendAnswer | Promise<SendAnswer> = () => ACCEPTED;
  readonly requests: (readonly SpanPair[])[] = [];
  underWay = 0;
  mostUnderWay = 0;
  isShutDown = false;

  async send(pairs: readonly SpanPair[]): Promise<SendAnswer> {
    this.requests.push(pairs);
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const answer = await this.answer();
    this.underWay--;
    return answer;
  }

  async shutdown(): Promise<void> {
    this.isShutDown = true;
  }
}

function exporterWith(changes: Partial<PairExporterOptions> = {}, queue: Partial<PairExporterOptions["queue"]> = {}) {
  const sink = new ScriptedSink();
  const clock = new ManualClock();
  const changeCalls: (string | null)[] = [];
  const exporter = new PairExporter(sink, clock, {
    keepNodes: false,
    queue: {
      maxPairs: 2_000,
      maxBatchPairs: 500,
      maxBatchBytes: MAX_BATCH_BYTES,
      maxAgeMicros: MAX_AGE_MICROS,
      ...queue,
    },
    scheduleDelayMillis: 1_000,
    maxRetryMillis: MAX_AGE_MICROS / 1000,
    stopWhenUnreachable: false,
    destination: "test",
    onChange: (problem) => changeCalls.push(problem),
    ...changes,
  });
  const add = (count: number) => {
    for (let i = 0; i < count; i++) exporter.add(interaction({ timeMicros: clock.nowMicros(), durationMicros: 100 }));
  };
  return { sink, clock, exporter, add, changeCalls };
}

function accountedFor({ counters }: PairExporter): number {
  return counters.sent + counters.unknown + Object.values(counters.dropped).reduce((sum, pairs) => sum + pairs, 0);
}

test("pairs wait for the flush, and a full batch does not", async () => {
  const { sink, clock, exporter, add } = exporterWith();
  exporter.start();
  add(10);
  await settle();
  assert.equal(sink.requests.length, 0);
  await clock.advance(1);
  assert.deepEqual(
    sink.requests.map((pairs) => pairs.length),
    [10],
  );
  add(500);
  await settle();
  assert.equal(sink.requests.length, 2);
  await exporter.shutdown();
});

test("flushes are half to all of the delay apart, at random, so that agents do not send at the same time", async () => {
  for (const [chance, millis] of [
    [0, 500],
    [0.5, 750],
    [1, 1_000],
  ] as const) {
    const { sink, clock, exporter, add } = exporterWith();
    clock.random = () => chance;
    exporter.start();
    add(1);
    await clock.advance((millis - 100) / 1_000);
    assert.equal(sink.requests.length, 0, `${chance}: too early`);
    await clock.advance(0.2);
    assert.equal(sink.requests.length, 1, `${chance}: too late`);
    await exporter.shutdown(0);
  }
});

test("at most two requests are in flight", async () => {
  const { sink, exporter, add } = exporterWith();
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  sink.answer = async () => {
    await gate;
    return ACCEPTED;
  };
  add(2_000);
  await settle();
  assert.equal(sink.underWay, 2);
  release();
  await exporter.drain();
  assert.equal(sink.mostUnderWay, 2);
  assert.equal(exporter.counters.sent, 2_000);
});

test("a request of unknown fate is not retried", async () => {
  const { sink, clock, exporter, add } = exporterWith();
  sink.answer = () => failed("unknown", 4);
  add(10);
  const drained = exporter.drain();
  await clock.advance(30);
  assert.equal((await drained).complete, false);
  assert.equal(sink.requests.length, 1);
  assert.equal(exporter.counters.unknown, 10);
});

test("an unavailable Collector gets the same pairs again, whole and with the same ids", async () => {
  const { sink, clock, exporter, add, changeCalls } = exporterWith();
  sink.answer = () => (sink.requests.length < 4 ? UNAVAILABLE : ACCEPTED);
  add(10);
  const drained = exporter.drain();
  await clock.advance(10);
  assert.equal((await drained).complete, true);
  assert.equal(sink.requests.length, 4);
  for (const repeated of sink.requests.slice(1)) assert.deepEqual(repeated, sink.requests[0]);
  assert.equal(exporter.counters.retried, 30);
  assert.deepEqual(changeCalls, ["Failed with 14.", null]);
});

test("the sentence of a failure that goes on is renewed when its reason changes, and is then no new failure", async () => {
  const calls: unknown[] = [];
  const { sink, clock, exporter, add } = exporterWith({ onChange: (...call) => calls.push(call) });
  const because = (sentence: string) => ({ ...UNAVAILABLE, sentence });
  const answers = [because("Refused."), because("Refused."), because("No route."), failed("retry", 8), ACCEPTED];
  sink.answer = () => answers[sink.requests.length - 1] ?? because("Refused.");
  add(10);
  const drained = exporter.drain();
  await clock.advance(15);
  await drained;
  assert.deepEqual(calls, [
    ["Refused.", false],
    ["No route.", true],
    ["Failed with 8.", false],
    [null, false],
  ]);
  add(1);
  void exporter.drain();
  await settle();
  assert.deepEqual(calls.at(-1), ["Refused.", false]);
  await exporter.shutdown(0);
});

test("a rejected request is dropped, counted and not retried", async () => {
  const { sink, exporter, add } = exporterWith();
  sink.answer = () => failed("rejected", 3);
  add(10);
  const result = await exporter.drain();
  assert.equal(sink.requests.length, 1);
  assert.equal(exporter.counters.dropped.rejected, 10);
  assert.equal(result.problem, "Failed with 3.");
});

test("a request is retried until its pairs are too old, and no pair is sent that Tempo would discard", async () => {
  const { sink, clock, exporter, add } = exporterWith({}, { maxPairs: 50_000 });
  exporter.start();
  let oldest = 0;
  sink.answer = () => {
    for (const pair of sink.requests.at(-1) ?? []) oldest = Math.max(oldest, clock.nowMicros() - pair.endMicros);
    return UNAVAILABLE;
  };
  for (let second = 0; second < 60; second++) {
    add(300);
    await clock.advance(1);
  }
  assert.ok(oldest <= MAX_AGE_MICROS, `${oldest}`);
  assert.ok(oldest > 20_000_000, `${oldest}`);
  assert.ok(exporter.counters.dropped.too_old > 0);
  await exporter.shutdown(0);
  assert.equal(accountedFor(exporter), exporter.counters.queued);
});

test("after an outage of 20 s all pairs arrive, and none is sent late", async () => {
  const { sink, clock, exporter, add } = exporterWith({}, { maxPairs: 10_000 });
  exporter.start();
  const sentAges: number[] = [];
  sink.answer = () => UNAVAILABLE;
  for (let second = 0; second < 20; second++) {
    add(100);
    await clock.advance(1);
  }
  sink.answer = () => {
    for (const pair of sink.requests.at(-1) ?? []) sentAges.push(clock.nowMicros() - pair.endMicros);
    return ACCEPTED;
  };
  const drained = exporter.drain();
  await clock.advance(10);
  await drained;
  assert.ok(Math.max(...sentAges) <= MAX_AGE_MICROS);
  assert.equal(exporter.counters.sent, 2_000);
  assert.equal(accountedFor(exporter), 2_000);
});

test("a full queue counts what it drops", async () => {
  const { sink, exporter, add } = exporterWith({}, { maxPairs: 100, maxBatchPairs: 100 });
  add(250);
  await exporter.drain();
  assert.equal(exporter.counters.dropped.queue_full, 150);
  assert.equal(sink.requests.flat().length, 100);
  assert.equal(exporter.counters.queued, 250);
});

test("a fast reader that waits for room loses no pair", async () => {
  const { exporter, add } = exporterWith({}, { maxPairs: 100, maxBatchPairs: 50 });
  for (let i = 0; i < 40; i++) {
    await exporter.waitForRoom(50);
    add(50);
  }
  const progress: number[] = [];
  const result = await exporter.drain((done) => progress.push(done));
  assert.equal(result.complete, true);
  assert.equal(exporter.counters.sent, 2_000);
  assert.equal(progress.at(-1), 2_000);
});

test("a replay to an unavailable Collector ends after the retries of the first request", async () => {
  const { sink, clock, exporter, add } = exporterWith({ stopWhenUnreachable: true, maxRetryMillis: 5_000 });
  sink.answer = () => UNAVAILABLE;
  add(2_000);
  const drained = exporter.drain();
  await clock.advance(6);
  const result = await drained;
  assert.equal(result.complete, false);
  assert.equal(result.problem, "Failed with 14.");
  add(10);
  await exporter.waitForRoom(2_000);
  assert.equal(exporter.counters.dropped.unreachable, 2_010);
});

test("shutdown sends queued pairs, and counts later pairs as dropped", async () => {
  const { sink, exporter, add } = exporterWith();
  exporter.start();
  add(700);
  await exporter.shutdown();
  assert.equal(exporter.counters.sent, 700);
  assert.ok(sink.isShutDown);
  add(5);
  assert.equal(exporter.counters.dropped.shutdown, 5);
  await exporter.shutdown();
});

test("shutdown ends within its grace period if the Collector is unavailable, and counts the remaining pairs", async () => {
  const { sink, clock, exporter, add } = exporterWith();
  exporter.start();
  sink.answer = () => UNAVAILABLE;
  add(1_700);
  const ended = exporter.shutdown(1_500);
  await clock.advance(1.5);
  await ended;
  assert.equal(exporter.counters.dropped.shutdown, 1_700);
});

test("waiting for a slow Collector does not poll the event loop", async () => {
  const { sink, clock, exporter, add } = exporterWith();
  let turns = 0;
  const soon = clock.soon.bind(clock);
  clock.soon = (work) => {
    turns++;
    soon(work);
  };
  sink.answer = () => UNAVAILABLE;
  add(2_000);
  void exporter.drain();
  await settle();
  assert.ok(turns < 5, `${turns} turns`);
  await exporter.shutdown(0);
});

test("a request that hangs at the end is counted as unknown once", async () => {
  const { sink, clock, exporter, add } = exporterWith();
  let answer: (answer: SendAnswer) => void = () => {};
  sink.answer = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  add(10);
  const ended = exporter.shutdown(1_500);
  await clock.advance(1.5);
  await ended;
  assert.equal(exporter.counters.unknown, 10);
  answer(ACCEPTED);
  await settle();
  assert.equal(accountedFor(exporter), 10);
});

test("a delay that the server asks for holds every request, and the queue is sent afterwards", async () => {
  const { sink, clock, exporter, add } = exporterWith({ maxRetryMillis: 60_000 }, { maxAgeMicros: null });
  const answers = [failed("retry", 429, 5_000), failed("retry", 503, 8_000)];
  sink.answer = () => answers.shift() ?? ACCEPTED;
  exporter.start();
  add(1_500);
  await settle();
  // Two requests were under way before the server asked for a delay.
  assert.equal(sink.requests.length, 2);
  await clock.advance(7.9);
  add(400);
  await settle();
  assert.equal(sink.requests.length, 2, "a request within the delay");
  await clock.advance(3);
  assert.equal(sink.mostUnderWay, 2);
  assert.deepEqual([exporter.counters.sent, exporter.counters.retried], [1_900, 1_000]);
  await exporter.shutdown();
});

test("a drain waits for the end of the delay, and a shutdown does not", async () => {
  for (const isDrained of [true, false]) {
    const { sink, clock, exporter, add } = exporterWith({ maxRetryMillis: 60_000 }, { maxAgeMicros: null });
    const answers = [failed("retry", 429, 5_000)];
    sink.answer = () => answers.shift() ?? ACCEPTED;
    add(1_200);
    const drained = exporter.drain();
    await clock.advance(1);
    assert.equal(sink.requests.length, 2);
    if (isDrained) {
      await clock.advance(10);
      assert.equal((await drained).complete, true);
    } else {
      const shutDown = exporter.shutdown(100);
      await clock.advance(0.5);
      await shutDown;
      assert.equal(accountedFor(exporter), 1_200);
    }
  }
});

test("a delay of an hour holds for a minute: by then its pairs are too old, and the next ones ask again", async () => {
  const { sink, clock, exporter, add } = exporterWith();
  const answers = [failed("retry", 503, 3_600_000)];
  sink.answer = () => answers.shift() ?? ACCEPTED;
  exporter.start();
  add(10);
  await clock.advance(1);
  assert.equal(exporter.counters.dropped.unreachable, 10);
  add(5);
  await clock.advance(58);
  assert.equal(sink.requests.length, 1);
  add(7);
  await clock.advance(3);
  assert.equal(exporter.counters.sent, 7);
  assert.equal(exporter.counters.dropped.too_old, 5);
  await exporter.shutdown();
});
