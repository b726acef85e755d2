// Receivers that answer, but not as one wishes: slow, or with RESOURCE_EXHAUSTED.
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
const UNDER_WAY = 2 * 500;

/** A receiver that knows which pairs it accepted. */
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

/** Every pair that was accepted was so once, and they are as many as the counters say. */
function assertAcceptedOnce(accepted: readonly OtlpRequest[], sent: number): void {
  const times = pairsIn(accepted);
  assert.equal(times.size, sent);
  assert.ok([...times.values()].every((count) => count === 1));
}

test("a slow receiver gets what it can take, and what finds no room is counted", async (t) => {
  const { endpoint, accepted } = await receiver(t, () => ({ accepts: true, reply: slowly(400) }));
  const traffic = await SteadyTraffic.start(endpoint, 8_000, { OTEL_BSP_MAX_QUEUE_SIZE: `${QUEUE_PAIRS}` });
  await traffic.seconds(3);
  const counters = await traffic.end();
  assert.equal(accountedFor(traffic.exporter), counters.queued);
  assert.ok(counters.dropped.queue_full > 0, JSON.stringify(counters));
  assert.equal(counters.sent + counters.dropped.queue_full, counters.queued);
  assertAcceptedOnce(accepted, counters.sent);
  assert.ok(traffic.mostWaiting <= QUEUE_PAIRS + UNDER_WAY, `${traffic.mostWaiting}`);
  assert.deepEqual(traffic.heard, []);
});

test("RESOURCE_EXHAUSTED with RetryInfo is waited for, and nothing is lost or sent twice", async (t) => {
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
    traffic.heard.map(({ problem }) => problem === null),
    [false, true],
  );
  assert.match(traffic.heard[0]?.problem ?? "", /is out of resources.*give it more memory, or raise its limits/);
});

test("RESOURCE_EXHAUSTED without RetryInfo is not repeated: those pairs are counted as rejected", async (t) => {
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

test("a receiver that accepts and then fails to say so in time has its pairs counted as unknown, and gets none again", async (t) => {
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
