// Outages of a real Collector under 500 pairs/s: what was lost is what the counters say, and nothing counts twice.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createExporter } from "../../src/export/create-exporter.ts";
import { interaction } from "../export/support/sample-interactions.ts";
import { accountedFor, SteadyTraffic } from "../export/support/steady-traffic.ts";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";

const PAIRS_PER_SECOND = 500;
const OUTAGE_SECONDS = 20;
/** The queue's default, and two requests under way. */
const MAX_PENDING = 16_384 + 2 * 500;
/** From the Collector's return until the exporter has noticed it. */
const NOTICE_MILLIS = 20_000;

const isAcceptedAgain = ({ changes }: SteadyTraffic) => changes.at(-1)?.problem === null;

async function counted(collector: CollectorProcess, atLeast: number): Promise<number> {
  return (await collector.edgesOf(atLeast)).reduce((sum, { requests }) => sum + requests, 0);
}

/** Traffic goes on until pairs are accepted again. */
async function untilNoticed(traffic: SteadyTraffic): Promise<void> {
  const back = performance.now();
  await traffic.until(() => isAcceptedAgain(traffic) || performance.now() - back > NOTICE_MILLIS);
  const waited = performance.now() - back;
  assert.ok(isAcceptedAgain(traffic), `nothing was accepted within ${waited} ms`);
}

function assertOneLineAChange({ changes }: SteadyTraffic, failures: number): void {
  assert.ok(changes.length <= failures + 1, JSON.stringify(changes));
  for (const { problem } of changes.slice(0, -1)) assert.match(problem ?? "", /^the Collector at [^\n]*$/);
  assert.equal(changes.at(-1)?.problem, null);
}

describe("a Collector under 500 pairs/s", { concurrency: true }, () => {
  test("killed for 20 s and started again: what is young enough arrives, and every pair is accounted for", async (t) => {
    const first = await startCollector();
    const traffic = await SteadyTraffic.start(first.endpoint, PAIRS_PER_SECOND);
    await traffic.until(() => traffic.exporter.counters.sent > 1_000);
    await first.stop("SIGKILL");
    const sentBefore = traffic.exporter.counters.sent;
    await traffic.seconds(OUTAGE_SECONDS);
    const second = await startCollector({ ports: first.ports });
    await untilNoticed(traffic);
    const acceptedAgain = traffic.changes.at(-1)?.atMillis ?? 0;
    await traffic.seconds(1);
    const counters = await traffic.end();
    t.diagnostic(`${JSON.stringify(counters)}, most pending ${traffic.maxPending}`);

    assert.equal(accountedFor(traffic.exporter), counters.queued);
    assert.equal(counters.queued, traffic.endMillis.length);
    const sent = counters.sent - sentBefore;
    const edges = await counted(second, sent);
    // What was under way when the first one was killed may have been answered by it and read after the kill.
    assert.ok(edges <= sent + counters.unknown && edges >= sent - 1_000, `${edges} counted, ${sent} sent`);
    const tooOld = traffic.endMillis.filter((end) => acceptedAgain - end > 24_000).length;
    const lost = Object.values(counters.dropped).reduce((sum, pairs) => sum + pairs, 0);
    assert.ok(lost <= tooOld, `${lost} lost, ${tooOld} were too old: ${JSON.stringify(counters)}`);
    assert.ok(traffic.maxPending <= MAX_PENDING, `${traffic.maxPending}`);
    assertOneLineAChange(traffic, 1);
    await second.stop();
  });

  test("frozen for 20 s: what it may have counted or not is unknown, and not sent again", async (t) => {
    const collector = await startCollector();
    const traffic = await SteadyTraffic.start(collector.endpoint, PAIRS_PER_SECOND);
    await traffic.until(() => traffic.exporter.counters.sent > 1_000);
    collector.signal("SIGSTOP");
    await traffic.seconds(OUTAGE_SECONDS);
    collector.signal("SIGCONT");
    await untilNoticed(traffic);
    await traffic.seconds(1);
    const counters = await traffic.end();
    t.diagnostic(`${JSON.stringify(counters)}, most pending ${traffic.maxPending}`);

    assert.equal(accountedFor(traffic.exporter), counters.queued);
    assert.ok(counters.unknown > 0, JSON.stringify(counters));
    const edges = await counted(collector, counters.sent);
    assert.ok(edges >= counters.sent, `${edges} counted, ${counters.sent} sent`);
    assert.ok(edges <= counters.sent + counters.unknown, `${edges} counted: ${JSON.stringify(counters)}`);
    assert.ok(traffic.maxPending <= MAX_PENDING, `${traffic.maxPending}`);
    // It does not answer, and the keepalive of a connection may expire too.
    assertOneLineAChange(traffic, 2);
    await collector.stop();
  });

  test("an agent that starts before its Collector delivers once it is there", async () => {
    const early = await startCollector();
    await early.stop();
    const exporter = await createExporter(
      { OTEL_EXPORTER_OTLP_ENDPOINT: early.endpoint, OTEL_BSP_SCHEDULE_DELAY: "100" },
      { version: "0.0.0", keepNodes: false, times: "live" },
    );
    exporter.start();
    for (let i = 0; i < 100; i++) exporter.add(interaction({ timeMicros: Date.now() * 1000, durationMicros: 500 }));
    const collector = await startCollector({ ports: early.ports });
    const result = await exporter.drain();
    assert.ok(result.complete, result.problem ?? "");
    assert.equal(await counted(collector, 100), 100);
    await exporter.shutdown();
    await collector.stop();
  });
});
