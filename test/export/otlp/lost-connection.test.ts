// Real servers that count a request and then lose it: a pair that may have been counted is never sent again.
import assert from "node:assert/strict";
import { once } from "node:events";
import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { type TestContext, test } from "node:test";
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { DrainResult } from "../../../src/export/queue/exporter.ts";
import { interaction } from "../support/sample-interactions.ts";

const PAIRS = 10;
/** A gRPC message without content: not compressed, length 0. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/** What a server does once it has read, and counted, a whole request. */
type Ending = (stream: ServerHttp2Stream) => void;

const accept: Ending = (stream) => {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(EMPTY_MESSAGE);
};

const ENDINGS: readonly (readonly [what: string, ending: Ending, fate: "unknown" | "retried"])[] = [
  ["closes the connection", ({ session }) => session?.destroy(), "unknown"],
  ["resets the connection", ({ session }) => session?.socket.resetAndDestroy(), "unknown"],
  [
    "goes away, and closes the connection",
    ({ session }) => session?.goaway(constants.NGHTTP2_NO_ERROR) ?? session?.destroy(),
    "unknown",
  ],
  ["ends the stream without a status", (stream) => stream.close(constants.NGHTTP2_NO_ERROR), "unknown"],
  ["cancels the stream", (stream) => stream.close(constants.NGHTTP2_CANCEL), "unknown"],
  ["resets the stream with an internal error", (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), "unknown"],
  [
    "resets the stream with ENHANCE_YOUR_CALM",
    (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM),
    "unknown",
  ],
  [
    "sends headers, and closes the connection",
    (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      setImmediate(() => stream.session?.destroy());
    },
    "unknown",
  ],
  ["says nothing", () => {}, "unknown"],
  [
    "refuses the stream, which says that it was not processed",
    (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
    "retried",
  ],
  [
    "answers UNAVAILABLE",
    (stream) =>
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "14" }, { endStream: true }),
    "retried",
  ],
  [
    "answers UNAVAILABLE after headers",
    (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "14", "grpc-message": "memory" }));
      stream.end();
    },
    "retried",
  ],
  ["answers HTTP 503", (stream) => stream.respond({ ":status": 503 }, { endStream: true }), "retried"],
];

/** A gRPC server that ends the requests in turn; the last ending goes on. */
async function server(t: TestContext, endings: readonly Ending[]): Promise<{ endpoint: string; read(): number }> {
  let read = 0;
  const listening = createServer().on("session", (session) => {
    session.on("error", () => {});
    session.socket.on("error", () => {});
    t.after(() => session.destroy());
  });
  listening.on("stream", (stream) => {
    stream.on("error", () => {}).resume();
    stream.once("end", () => {
      const ending = endings[Math.min(read, endings.length - 1)];
      read++;
      ending?.(stream);
    });
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  t.after(() => listening.close());
  return { endpoint: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, read: () => read };
}

async function send(endpoint: string): Promise<DrainResult> {
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "1000" },
    { version: "1", keepNodes: false, times: "live", maxRetryMillis: 5_000 },
  );
  for (let i = 0; i < PAIRS; i++) exporter.add(interaction({ timeMicros: Date.now() * 1000 }));
  const result = await exporter.drain();
  await exporter.shutdown();
  return result;
}

for (const [what, ending, fate] of ENDINGS) {
  test(`gRPC: pairs of a request are ${fate} when the server has read it and ${what}`, {
    timeout: 20_000,
  }, async (t) => {
    const { endpoint, read } = await server(t, [ending, accept]);
    const { counters, problem } = await send(endpoint);
    const isUnknown = fate === "unknown";
    assert.deepEqual(
      { sent: counters.sent, unknown: counters.unknown, rejected: counters.dropped.rejected },
      { sent: isUnknown ? 0 : PAIRS, unknown: isUnknown ? PAIRS : 0, rejected: 0 },
    );
    assert.equal(read(), isUnknown ? 1 : 2);
    // grpc-js sends a refused stream again by itself.
    if (isUnknown || problem !== null)
      assert.match(problem ?? "", /^the Collector at \S+ (closes|did not respond|is unavailable)/);
  });
}

test("gRPC: a server that accepts connections and says nothing has not seen the request", {
  timeout: 20_000,
}, async (t) => {
  const silent = createTcpServer((socket) => t.after(() => socket.on("error", () => {}).destroy())).listen(
    0,
    "127.0.0.1",
  );
  await once(silent, "listening");
  t.after(() => silent.close());
  const { counters } = await send(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  assert.equal(counters.unknown, 0);
  assert.equal(counters.dropped.unreachable, PAIRS);
});
