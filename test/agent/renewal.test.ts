import assert from "node:assert/strict";
import { test } from "node:test";
import { Renewal } from "../../src/agent/renewal.ts";
import { until } from "../support/until.ts";

const fail = (error: unknown): void => assert.fail(String(error));

test("work is repeated, with pauses of nine times the time that it takes", async () => {
  const times: { start: number; end: number }[] = [];
  const work = async (): Promise<void> => {
    const start = performance.now();
    while (performance.now() - start < 10);
    times.push({ start, end: performance.now() });
  };
  const renewal = new Renewal(1, work, fail);
  await until("it has run three times", () => times.length >= 3);
  await renewal.stop();
  const pauses = times.slice(1).map(({ start }, i) => start - (times[i]?.end ?? 0));
  // A timer may be early by a millisecond.
  for (const pause of pauses) assert.ok(pause >= 9 * 10 - 1, pauses.join(", "));
});

test("stop waits for the work that is running, and none follows", async () => {
  let running = 0;
  let finish = (): void => {};
  const work = async (): Promise<void> => {
    running++;
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  };
  const renewal = new Renewal(1, work, fail);
  await until("it is running", () => running === 1);
  let hasStopped = false;
  const stopped = renewal.stop().then(() => (hasStopped = true));
  await new Promise(setImmediate);
  assert.equal(hasStopped, false);
  finish();
  await stopped;
  assert.equal(running, 1);
});

test("the first error ends it", async () => {
  const errors: unknown[] = [];
  const error = new Error("the disk is full");
  const renewal = new Renewal(
    1,
    async () => {
      throw error;
    },
    (each) => errors.push(each),
  );
  await until("it has failed", () => errors.length > 0);
  await renewal.stop();
  assert.deepEqual(errors, [error]);
});
