import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startHttpReceiver } from "../export/support/http-receiver.ts";
import { acceptingCollector } from "../support/cli/accepting-collector.ts";
import { CLUSTER, capture, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const REPLAY = ["replay", capture("node-a"), ...CLUSTER, "--node", "node-a", "--otlp"];

test("a replay waits until its span pairs are accepted, and prints how many", { timeout: 30_000 }, async (t) => {
  const { port, requests } = await acceptingCollector(t);
  const stats = join(temporaryFolder(t), "stats.json");
  const endpoint = `http://127.0.0.1:${port}`;
  const run = await wirespan([...REPLAY, "--stats", stats], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  assert.equal(run.code, 0, run.stderr);
  const { pairs } = JSON.parse(readFileSync(stats, "utf8"));
  assert.ok(pairs.made > 10);
  assert.equal(pairs.sent, pairs.made);
  assert.ok(requests() > 0);
  assert.ok(
    run.stderr.endsWith(`wirespan: ${pairs.made} of ${pairs.made} span pairs accepted by ${endpoint}\n`),
    run.stderr,
  );
});

for (const [what, args, env] of [
  [
    "a queue of five pairs",
    [],
    { OTEL_BSP_MAX_QUEUE_SIZE: "5", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "5", OTEL_BSP_SCHEDULE_DELAY: "100" },
  ],
  ["aggregated pairs, which are made at the end", ["--aggregate-for", "tempo"], {}],
] as const) {
  test(`with ${what} a replay drops none`, { timeout: 30_000 }, async (t) => {
    const { port } = await acceptingCollector(t);
    const stats = join(temporaryFolder(t), "stats.json");
    const run = await wirespan([...REPLAY, "--stats", stats, ...args], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, ...env },
    });
    assert.equal(run.code, 0, run.stderr);
    const { pairs } = JSON.parse(readFileSync(stats, "utf8"));
    assert.ok(pairs.made > 10);
    assert.deepEqual([pairs.queued, pairs.sent, pairs.dropped.queue_full], [pairs.made, pairs.made, 0]);
  });
}

test("an unreachable Collector is one sentence; the results are written anyway", { timeout: 40_000 }, async () => {
  const run = await wirespan(REPLAY, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" } });
  assert.equal(run.code, 1);
  assert.match(run.stdout, /shop\/frontend/);
  assert.match(run.stderr, /the Collector at http:\/\/127\.0\.0\.1:1 refuses the connection: start it, or correct/);
  const [, made, dropped] = /wirespan: 0 of (\d+) span pairs accepted by .*:1, (\d+) dropped \(/.exec(run.stderr) ?? [];
  assert.ok(made !== undefined && dropped === made, run.stderr);
});

test("with the console exporter standard output has span pairs only", async (t) => {
  const output = join(temporaryFolder(t), "edges.txt");
  const run = await wirespan([...REPLAY, "-o", output], { env: { OTEL_TRACES_EXPORTER: "console" } });
  assert.equal(run.code, 0, run.stderr);
  const pairs = run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.ok(pairs.length > 10 && pairs.every(({ client, server }) => client && server));
  assert.match(readFileSync(output, "utf8"), /shop\/frontend/);
});

test("a replay says when the environment disables export", async () => {
  const run = await wirespan(REPLAY, { env: { OTEL_TRACES_EXPORTER: "none" } });
  assert.equal(run.code, 0);
  assert.match(run.stderr, /span pairs are not sent: OTEL_TRACES_EXPORTER or OTEL_SDK_DISABLED disables the export/);
});

test("pairs whose connection was closed are of unknown fate, and not reported as late", {
  timeout: 30_000,
}, async (t) => {
  const receiver = await startHttpReceiver(() => (_, socket) => void socket.resetAndDestroy());
  t.after(receiver.stop);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" };
  const run = await wirespan(REPLAY, { env });
  assert.equal(run.code, 1);
  assert.match(run.stderr, /closes the connection/);
  assert.match(
    run.stderr,
    /: 0 of (\d+) span pairs accepted by .*, \1 unknown \(sent, but the Collector did not confirm them\)$/m,
  );
});
