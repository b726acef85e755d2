import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { Exporter } from "../../../src/export/queue/exporter.ts";
import {
  ACCEPT,
  acceptPart,
  type OtlpReceiver,
  type OtlpRequest,
  type Reply,
  refuse,
  retrySoon,
  startOtlpReceiver,
} from "../support/otlp-receiver.ts";
import { interaction } from "../support/sample-interactions.ts";

let receiver: OtlpReceiver;
let endpoint: string;
let requests: OtlpRequest[];
/** Replies to the next requests; the last one repeats. */
let replies: Reply[];

before(async () => {
  receiver = await startOtlpReceiver(() => (replies.length > 1 ? replies.shift() : replies[0]) ?? ACCEPT);
  ({ endpoint, requests } = receiver);
});
after(() => receiver.stop());
beforeEach(() => {
  replies = [ACCEPT];
  requests.length = 0;
});

async function send(pairs: number, env: Record<string, string> = {}): Promise<Exporter["counters"]> {
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env },
    { version: "9.8.7", keepNodes: false, times: "live" },
  );
  for (let i = 0; i < pairs; i++) exporter.add(interaction({ timeMicros: Date.now() * 1000, durationMicros: 100 }));
  await exporter.drain();
  await exporter.shutdown();
  return exporter.counters;
}

test("headers arrive as metadata", async () => {
  await send(1, { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20t0ken,x-scope-orgid=shop" });
  assert.equal(requests[0]?.headers.authorization, "Bearer t0ken");
  assert.equal(requests[0]?.headers["x-scope-orgid"], "shop");
  assert.match(String(requests[0]?.headers["user-agent"]), /^wirespan\/9\.8\.7 /);
});

test("a request has the span names, the scope version and the synthetic attribute", async () => {
  await send(1);
  const text = requests[0]?.bytes.toString("latin1") ?? "";
  for (const part of ["tcp connect", "wirespan.synthetic", "9.8.7", "orders", "profile", "peer.service"]) {
    assert.ok(text.includes(part), part);
  }
});

test("complete pairs, at most 500 per request", async () => {
  const counters = await send(1_200);
  assert.equal(counters.sent, 1_200);
  assert.deepEqual(
    requests
      .map(({ bytes }) => bytes.toString("latin1").split("wirespan.synthetic").length - 1)
      .toSorted((a, b) => a - b),
    [400, 1_000, 1_000],
  );
});

test("RESOURCE_EXHAUSTED is retried only with a retry delay from the server", async () => {
  replies = [refuse(status.RESOURCE_EXHAUSTED, retrySoon()), ACCEPT];
  assert.equal((await send(10)).sent, 10);
  assert.equal(requests.length, 2);

  replies = [refuse(status.RESOURCE_EXHAUSTED), ACCEPT];
  assert.equal((await send(10)).dropped.rejected, 10);
  assert.equal(requests.length, 3);
});

test("rejected spans of a partial success are counted, reported and not retried", async () => {
  const problems: (string | null)[] = [];
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { version: "1", keepNodes: false, times: "live", onChange: (problem, isSame) => isSame || problems.push(problem) },
  );
  const add = async (pairs: number) => {
    for (let i = 0; i < pairs; i++) exporter.add(interaction({ timeMicros: Date.now() * 1000, durationMicros: 100 }));
    return exporter.drain();
  };
  replies = [acceptPart(3, "too many attributes")];
  const { complete, problem } = await add(10);
  assert.equal(complete, false);
  assert.match(problem ?? "", /rejected 3 of 20 spans \(too many attributes\): check its log/);
  assert.deepEqual([exporter.counters.sent, exporter.counters.dropped.rejected], [7, 3]);
  // More rejected spans than pairs, then success.
  replies = [acceptPart(50)];
  await add(10);
  assert.deepEqual([exporter.counters.sent, exporter.counters.dropped.rejected], [7, 13]);
  replies = [ACCEPT];
  await add(10);
  assert.deepEqual([exporter.counters.sent, exporter.counters.dropped.rejected], [17, 13]);
  assert.equal(requests.length, 3);
  assert.deepEqual([problems.length, problems[0], problems[1]], [2, problem, null]);
  await exporter.shutdown();
});

test("each of two concurrent requests gets its own reply", async () => {
  // The first request gets its reply last.
  const held: (() => void)[] = [];
  const later =
    (reply: Reply): Reply =>
    (callback) => {
      held.push(() => reply(callback));
      if (held.length === 2) for (const answer of held.reverse()) answer();
    };
  replies = [later(acceptPart(100, "half")), later(ACCEPT), ACCEPT];
  const counters = await send(1_200);
  assert.deepEqual([counters.sent, counters.dropped.rejected], [1_100, 100]);
});

test("a partial success without rejected spans and a malformed response are successes", async () => {
  replies = [acceptPart(0, "please send less"), (callback) => callback(null, Buffer.alloc(50, 0xff))];
  assert.equal((await send(5)).sent, 5);
  assert.equal((await send(5)).sent, 5);
});

test("UNAVAILABLE is retried with the same bytes", async () => {
  replies = [refuse(status.UNAVAILABLE), ACCEPT];
  const counters = await send(10);
  assert.deepEqual([counters.sent, counters.retried], [10, 10]);
  assert.deepEqual(requests[1]?.bytes, requests[0]?.bytes);
});

test("DEADLINE_EXCEEDED is unknown and not retried", async () => {
  replies = [() => {}];
  const counters = await send(10, { OTEL_EXPORTER_OTLP_TIMEOUT: "100" });
  assert.equal(counters.unknown, 10);
  assert.equal(requests.length, 1);
});

test("a partial success is not retried", async () => {
  replies = [acceptPart(3, "no"), ACCEPT];
  const counters = await send(10);
  assert.equal(requests.length, 1);
  assert.deepEqual([counters.sent, counters.dropped.rejected], [7, 3]);
});

const refusals: [string, number, RegExp][] = [
  ["UNAUTHENTICATED", status.UNAUTHENTICATED, /credentials.*OTEL_EXPORTER_OTLP_HEADERS/],
  ["UNIMPLEMENTED", status.UNIMPLEMENTED, /otlp receiver/],
  ["INVALID_ARGUMENT", status.INVALID_ARGUMENT, /chosen by the test/],
];
for (const [name, code, fix] of refusals) {
  test(`${name} is one sentence with a fix, and pairs are counted as rejected`, async () => {
    replies = [refuse(code)];
    const changes: (string | null)[] = [];
    const exporter = await createExporter(
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
      { version: "9.8.7", keepNodes: false, times: "replay", onChange: (problem) => changes.push(problem) },
    );
    for (let i = 0; i < 700; i++) exporter.add(interaction());
    const result = await exporter.drain();
    await exporter.shutdown();
    assert.equal(result.counters.dropped.rejected, 700);
    assert.match(result.problem ?? "", fix);
    assert.deepEqual(changes, [result.problem]);
  });
}

test("an old pair of a replay ends when it is sent", async () => {
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { version: "9.8.7", keepNodes: false, times: "replay" },
  );
  exporter.add(interaction({ timeMicros: 1_000_000 }));
  const earliest = BigInt(Date.now()) * 1_000_000n;
  await exporter.drain();
  await exporter.shutdown();
  const sent = requests[0]?.bytes ?? Buffer.alloc(0);
  // Span field 8, end_time_unix_nano, is a fixed64 behind the tag 0x41, and follows field 7 (tag 0x39).
  const at = sent.findIndex((byte, i) => byte === 0x39 && sent[i + 9] === 0x41);
  const start = sent.readBigUInt64LE(at + 1);
  const end = sent.readBigUInt64LE(at + 10);
  assert.ok(end >= earliest && end <= BigInt(Date.now()) * 1_000_000n);
  assert.equal(end - start, 412_000n);
});

test("the console exporter writes one line of JSON per pair", async () => {
  const lines: string[] = [];
  const exporter = await createExporter(
    { OTEL_TRACES_EXPORTER: "console" },
    { version: "9.8.7", keepNodes: false, times: "replay", writeLine: (line) => lines.push(line) },
  );
  for (let i = 0; i < 3; i++) exporter.add(interaction());
  assert.equal((await exporter.drain()).complete, true);
  await exporter.shutdown();
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).client.resource.serviceName),
    ["orders", "orders", "orders"],
  );
});

test("none disables the export", async () => {
  const exporter = await createExporter(
    { OTEL_TRACES_EXPORTER: "none" },
    { version: "9.8.7", keepNodes: false, times: "live" },
  );
  exporter.add(interaction());
  assert.equal(exporter.isSending, false);
  assert.equal((await exporter.drain()).complete, true);
});

test("after UNAVAILABLE the next request uses a new connection, which may reach another Collector", async () => {
  replies = [refuse(status.UNAVAILABLE), ACCEPT];
  assert.equal((await send(10)).sent, 10);
  assert.equal(requests.length, 2);
  assert.notEqual(requests[1]?.peer, requests[0]?.peer);
});

test("the connection stays after accepted and rejected requests", async () => {
  replies = [refuse(status.RESOURCE_EXHAUSTED, retrySoon()), ACCEPT];
  await send(600);
  assert.ok(requests.length > 2);
  assert.equal(new Set(requests.map(({ peer }) => peer)).size, 1);
});

test("live, pairs that ended 22 s ago are sent, but not pairs that ended 26 s ago, which Tempo would discard", async () => {
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { version: "9.8.7", keepNodes: false, times: "live" },
  );
  for (const seconds of [26, 22]) exporter.add(interaction({ timeMicros: (Date.now() - seconds * 1_000) * 1_000 }));
  await exporter.drain();
  await exporter.shutdown();
  assert.deepEqual([exporter.counters.sent, exporter.counters.dropped.too_old], [1, 1]);
  assert.equal(requests.length, 1);
});

test("a socket is found in every notation of gRPC", async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), "wirespan-socket-")), "collector");
  const onSocket = await startOtlpReceiver(() => ACCEPT, `unix:${path}`);
  t.after(() => {
    onSocket.stop();
    rmSync(dirname(path), { recursive: true });
  });
  for (const written of [`unix:${path}`, `unix://${path}`, `unix:${relative(process.cwd(), path)}`]) {
    const counters = await send(1, { OTEL_EXPORTER_OTLP_ENDPOINT: written });
    assert.equal(counters.sent, 1, written);
  }
  assert.equal(onSocket.requests.length, 3);
});
