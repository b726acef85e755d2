// Receivers that are slow or reply with RESOURCE_EXHAUSTED.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { status } from "@grpc/grpc-js";
import {
  ACCEPT,
  type OtlpRequest,
  type Reply,
  refuse,
  retrySoon,
  startOtlpReceiver,
} from "../support/otlp-receiver.ts";
import { accountedFor, pairsIn, SteadyTraffic } from "../support/steady-traffic.ts";

const QUEUE_PAIRS = 2_000;
const IN_FLIGHT = 2 * 500;

/** A receiver that stores the requests that it accepted. */
async function receiver(t: TestContext, replyTo: (requests: number) => { accepts: boolean; reply: Reply }) {
  const accepted: OtlpRequest[] = [];
  let requests = 0;
  const { endpoint, stop } = await startOtlpReceiver((request) => {
    const { accepts, reply } = replyTo(requests++);
    if (accepts) accepted.push(request);
    return reply;
  });
  t.after(stop);
  return { endpoint, accepted, requests: () => requests };
}

const slowly =
  (millis: number): Reply =>
  (callback) =>
    void setTimeout(() => ACCEPT(callback), millis);

/** Every pair was accepted once, and their number is `sent`. */
function assertAcceptedOnce(accepted: readonly OtlpRequest[], sent: number): void {
  const times = pairsIn(accepted);
  assert.equal(times.size, sent);
  assert.ok([...times.values()].every((count) => count === 1));
}

test("a slow receiver gets pairs at its rate, and pairs above the queue are counted as dropped", async (t) => {
  const { endpoint, accepted } = await receiver(t, () => ({ accepts: true, reply: slowly(400) }));
  const traffic = await SteadyTraffic.start(endpoint, 8_000, { OTEL_BSP_MAX_QUEUE_SIZE: `${QUEUE_PAIRS}` });
  await traffic.seconds(3);
  const counters = await traffic.end();
  assert.equal(accountedFor(traffic.exporter), counters.queued);
  assert.ok(counters.dropped.queue_full > 0, JSON.stringify(counters));
  assert.equal(counters.sent + counters.dropped.queue_full, counters.queued);
  assertAcceptedOnce(accepted, counters.sent);
  assert.ok(traffic.maxPending <= QUEUE_PAIRS + IN_FLIGHT, `${traffic.maxPending}`);
  assert.deepEqual(traffic.changes, []);
});

test("RESOURCE_EXHAUSTED with RetryInfo is retried, and no pair is lost or duplicated", async (t) => {
  let isThrottling = true;
  const { endpoint, accepted, requests } = await receiver(t, () =>
    isThrottling
      ? { accepts: false, reply: refuse(status.RESOURCE_EXHAUSTED, retrySoon()) }
      : { accepts: true, reply: ACCEPT },
  );
  const traffic = await SteadyTraffic.start(endpoint, 500);
  await traffic.until(() => requests() >= 4);
  isThrottling = false;
  await traffic.until(() => accepted.length > 0);
  const counters = await traffic.end();
  assert.equal(counters.sent, counters.queued);
  assert.ok(counters.retried > 0);
  assertAcceptedOnce(accepted, counters.sent);
  assert.deepEqual(
    traffic.changes.map(({ problem }) => problem === null),
    [false, true],
  );
  assert.match(traffic.changes[0]?.problem ?? "", /is out of resources.*give it more memory, or raise its limits/);
});

test("RESOURCE_EXHAUSTED without RetryInfo is not retried: its pairs are counted as rejected", async (t) => {
  const { endpoint, accepted, requests } = await receiver(t, (request) =>
    request < 3 ? { accepts: false, reply: refuse(status.RESOURCE_EXHAUSTED) } : { accepts: true, reply: ACCEPT },
  );
  const traffic = await SteadyTraffic.start(endpoint, 500);
  await traffic.until(() => requests() >= 5);
  const counters = await traffic.end();
  assert.equal(counters.retried, 0);
  assert.ok(counters.dropped.rejected > 0);
  assert.equal(counters.sent + counters.dropped.rejected, counters.queued);
  assertAcceptedOnce(accepted, counters.sent);
});

test("pairs that are accepted after the deadline are counted as unknown, and not retried", async (t) => {
  const { endpoint, accepted, requests } = await receiver(t, (request) => ({
    accepts: true,
    reply: request < 2 ? slowly(1_000) : ACCEPT,
  }));
  const traffic = await SteadyTraffic.start(endpoint, 500, { OTEL_EXPORTER_OTLP_TIMEOUT: "300" });
  await traffic.until(() => requests() >= 6);
  const counters = await traffic.end();
  assert.ok(counters.unknown > 0, JSON.stringify(counters));
  assert.equal(counters.sent + counters.unknown, counters.queued);
  assertAcceptedOnce(accepted, counters.queued);
});
