import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { DrainResult } from "../../../src/export/queue/exporter.ts";
import { until } from "../../support/until.ts";
import {
  type HttpOtlpReceiver,
  type HttpOtlpRequest,
  type HttpReply,
  PROTOBUF,
  reply,
  startHttpReceiver,
  TAKE,
} from "../support/http-receiver.ts";
import { interaction } from "../support/sample-interactions.ts";

let receiver: HttpOtlpReceiver;
let requests: HttpOtlpRequest[];
/** What the next requests are answered; the last one goes on. */
let replies: HttpReply[];

before(async () => {
  receiver = await startHttpReceiver(() => (replies.length > 1 ? replies.shift() : replies[0]) ?? TAKE);
  ({ requests } = receiver);
});
after(() => receiver.stop());
beforeEach(() => {
  replies = [TAKE];
  requests.length = 0;
});

async function send(pairs: number, env: Record<string, string> = {}, maxRetryMillis = 5_000): Promise<DrainResult> {
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf", ...env },
    { version: "9.8.7", keepNodes: false, times: "live", maxRetryMillis },
  );
  for (let i = 0; i < pairs; i++) exporter.add(interaction({ timeMicros: Date.now() * 1000, durationMicros: 100 }));
  const result = await exporter.drain();
  await exporter.shutdown();
  return result;
}

/** ExportTraceServiceResponse with ExportTracePartialSuccess. */
function partial(rejectedSpans: number, message: string): Buffer {
  const part = [0x08, rejectedSpans, 0x12, message.length, ...Buffer.from(message)];
  return Buffer.from([0x0a, part.length, ...part]);
}

/** google.rpc.Status with a message alone. */
const status = (message: string): Buffer => Buffer.from([0x12, message.length, ...Buffer.from(message)]);
const TEXT = { "content-type": "text/plain; charset=utf-8" };
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString();
const reset: HttpReply = (_, socket) => void socket.resetAndDestroy();
const silent: HttpReply = () => {};
const halfABody: HttpReply = (response, socket) => {
  response.writeHead(200, { ...PROTOBUF, "content-length": "100" }).write("part");
  setImmediate(() => socket.destroy());
};

type Fate = "sent" | "rejected" | "unknown" | "retried";

/** A first answer, what becomes of ten pairs, and the sentence. */
const answers: [string, () => HttpReply, Fate, RegExp | null][] = [
  ["200", () => TAKE, "sent", null],
  ["200 without a body or type", () => reply(200), "sent", null],
  ["202", () => reply(202), "sent", null],
  ["200 with a body that makes no sense", () => reply(200, PROTOBUF, Buffer.alloc(50, 0xff)), "sent", null],
  ["200 with a body of 1 MB", () => reply(200, PROTOBUF, Buffer.alloc(1_000_000)), "sent", null],
  ["200 and half a body", () => halfABody, "sent", null],
  ["200 with a partial success of no span", () => reply(200, PROTOBUF, partial(0, "send less")), "sent", null],
  ["307", () => reply(307, { location: "http://127.0.0.1:1/" }), "rejected", /redirects requests \(HTTP 307\): set/],
  ["400", () => reply(400, PROTOBUF, status("bad span")), "rejected", /rejects the spans \(HTTP 400: bad span\)/],
  [
    "400 of a TLS port",
    () => reply(400, TEXT, "Client sent an HTTP request to an HTTPS server."),
    "rejected",
    /https:/,
  ],
  ["401", () => reply(401, TEXT, "no\ntoken"), "rejected", /credentials \(HTTP 401: no token\).*OTLP_HEADERS/],
  ["403", () => reply(403), "rejected", /credentials \(HTTP 403\).*OTLP_HEADERS/],
  ["404", () => reply(404, TEXT, "404 page not found"), "rejected", /at \/v1\/traces .*otlp receiver with the http/],
  ["405", () => reply(405), "rejected", /does not accept traces at \/v1\/traces/],
  ["408", () => reply(408), "rejected", /HTTP 408/],
  ["413", () => reply(413), "rejected", /size \(HTTP 413\): raise max_request_body_size/],
  ["415", () => reply(415), "rejected", /HTTP 415/],
  ["429", () => reply(429), "retried", /out of resources \(HTTP 429\)/],
  ["429 with seconds", () => reply(429, { "retry-after": "1" }), "retried", /out of resources/],
  ["500", () => reply(500, PROTOBUF, status("broken")), "rejected", /rejects the spans \(HTTP 500: broken\)/],
  ["501", () => reply(501), "rejected", /HTTP 501/],
  ["502", () => reply(502), "retried", /is unavailable \(HTTP 502\)/],
  ["503", () => reply(503, PROTOBUF, status("memory")), "retried", /is unavailable \(HTTP 503: memory\)/],
  ["503 with a date", () => reply(503, { "retry-after": inSeconds(1) }), "retried", /is unavailable/],
  ["503 with a delay that makes no sense", () => reply(503, { "retry-after": "soon" }), "retried", /is unavailable/],
  ["504", () => reply(504), "unknown", /is unavailable \(HTTP 504\)/],
  ["507", () => reply(507), "rejected", /HTTP 507/],
  ["a reset after the request", () => reset, "unknown", /closes the connection: check that the port is its OTLP HTTP/],
  ["an end after the request", () => (_, socket) => socket.end(), "unknown", /closes the connection/],
  ["silence", () => silent, "unknown", /did not respond in time/],
];
for (const [name, answer, fate, sentence] of answers) {
  test(`${name} means ${fate}, each pair counted once`, async () => {
    const first = answer();
    replies = [first, TAKE];
    const { counters, problem } = await send(10, first === silent ? { OTEL_EXPORTER_OTLP_TIMEOUT: "300" } : {});
    const { sent, unknown, retried, dropped } = counters;
    const isSent = fate === "sent" || fate === "retried";
    assert.deepEqual(
      { sent, rejected: dropped.rejected, unknown, retried },
      {
        sent: isSent ? 10 : 0,
        rejected: fate === "rejected" ? 10 : 0,
        unknown: fate === "unknown" ? 10 : 0,
        retried: fate === "retried" ? 10 : 0,
      },
    );
    assert.equal(requests.length, fate === "retried" ? 2 : 1);
    if (sentence === null) assert.equal(problem, null);
    else assert.match(problem ?? "", sentence);
    assert.doesNotMatch(problem ?? "", /\n/);
  });
}

const delays: [string, () => HttpReply, number][] = [
  ["seconds", () => reply(429, { "retry-after": "2" }), 2_000],
  ["a date, by the server's clock", () => reply(503, { date: inSeconds(-90), "retry-after": inSeconds(-88) }), 2_000],
];
for (const [name, answer, millis] of delays) {
  test(`Retry-After with ${name} is waited for`, async () => {
    replies = [answer(), TAKE];
    const start = performance.now();
    assert.equal((await send(1)).counters.sent, 1);
    // An HTTP date has whole seconds.
    assert.ok(performance.now() - start >= millis - 50);
  });
}

test("a Retry-After holds all requests, not only those of its pairs", async () => {
  const times: number[] = [];
  const timed =
    (answer: HttpReply): HttpReply =>
    (response, socket) => {
      times.push(performance.now());
      answer(response, socket);
    };
  replies = [timed(reply(503, { "retry-after": "1" })), timed(TAKE)];
  assert.equal((await send(2_000)).counters.sent, 2_000);
  const [first = 0, ...others] = times;
  // The second one was under way.
  assert.equal(others.filter((time) => time - first < 950).length, 1, others.map((time) => time - first).join());
  assert.equal(times.length, 5);
});

test("a Retry-After beyond the age of pairs ends the retries", async () => {
  replies = [reply(503, { "retry-after": "3600" })];
  assert.equal((await send(10)).counters.dropped.unreachable, 10);
  assert.equal(requests.length, 1);
});

test("a repeated request has the same bytes, and is whole pairs", async () => {
  replies = [reply(503), TAKE];
  await send(10);
  assert.deepEqual(requests[1]?.bytes, requests[0]?.bytes);
  assert.equal(requests[0]?.bytes.toString("latin1").split("wirespan.synthetic").length, 21);
});

test("spans that a partial success rejects are rejected, reported, and not sent again", async () => {
  replies = [reply(200, PROTOBUF, partial(3, "too many attributes"))];
  const { counters, problem } = await send(10);
  assert.deepEqual([counters.sent, counters.dropped.rejected], [7, 3]);
  assert.match(problem ?? "", /rejected 3 of 20 spans \(too many attributes\): check its log/);
  assert.equal(requests.length, 1);
});

test("headers arrive, and cannot replace those of the body", async () => {
  const headers = "authorization=Bearer%20t0ken,content-type=text/plain,content-length=1,transfer-encoding=chunked";
  assert.equal((await send(1, { OTEL_EXPORTER_OTLP_HEADERS: headers })).counters.sent, 1);
  const [request] = requests;
  assert.deepEqual([request?.method, request?.path], ["POST", "/v1/traces"]);
  assert.equal(request?.headers.authorization, "Bearer t0ken");
  assert.equal(request?.headers["content-type"], "application/x-protobuf");
  assert.equal(request?.headers["user-agent"], "wirespan/9.8.7");
  assert.equal(request?.headers["content-length"], String(request?.bytes.length));
});

test("gzip is applied and named", async () => {
  assert.equal((await send(100, { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" })).counters.sent, 100);
  const [request] = requests;
  assert.equal(request?.headers["content-encoding"], "gzip");
  assert.ok(Number(request?.headers["content-length"]) < (request?.bytes.length ?? 0) / 2);
});

test("the path of an endpoint for traces is used as it is, that of a general one is extended", async () => {
  const { endpoint } = receiver;
  await send(1, { OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/otlp/` });
  await send(1, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/in?token=s3cret` });
  replies = [reply(404)];
  const { problem } = await send(1, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/?token=s3cret` });
  assert.deepEqual(
    requests.map(({ path }) => path),
    ["/otlp/v1/traces", "/in?token=s3cret", "/?token=s3cret"],
  );
  assert.match(problem ?? "", /append \/v1\/traces to it/);
  assert.doesNotMatch(problem ?? "", /s3cret/);
});

test("requests of at most 500 pairs share at most two connections, which are kept behind 429", async () => {
  replies = [reply(429), TAKE];
  assert.equal((await send(1_200)).counters.sent, 1_200);
  assert.equal(requests.length, 4);
  assert.ok(new Set(requests.map(({ peer }) => peer)).size <= 2);
});

test("a connection that carries many requests gathers no listeners", async (t) => {
  const warnings: Error[] = [];
  const keep = (warning: Error): void => void warnings.push(warning);
  process.on("warning", keep);
  t.after(() => process.off("warning", keep));
  replies = [TAKE];
  assert.equal((await send(15_000)).counters.sent, 15_000);
  assert.ok(requests.length >= 30);
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});

test("behind 503 the next request goes over a new connection, which may find another Collector", async () => {
  replies = [reply(503), TAKE];
  await send(10);
  assert.notEqual(requests[1]?.peer, requests[0]?.peer);
});

test("a refused connection is tried again until the Collector is there", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const { counters, problem } = await send(10, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }, 700);
  assert.deepEqual([counters.unknown, counters.dropped.unreachable, counters.retried], [0, 10, 10]);
  assert.match(problem ?? "", /refuses the connection: start it/);
});

test("a name that does not resolve is tried again", async () => {
  const { counters, problem } = await send(1, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.invalid:4318" }, 700);
  assert.deepEqual([counters.dropped.unreachable, counters.unknown], [1, 0]);
  assert.match(problem ?? "", /does not resolve/);
});

/** A server on bare TCP, which answers the first bytes of each connection. */
async function bareServer(answer: (socket: Socket) => void): Promise<{ env: Record<string, string>; stop(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", () => answer(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }, stop };
}

test("an answer that is not HTTP is of unknown fate; one of HTTP/2 is a wrong port, and tried again", async (t) => {
  const odd = await bareServer((socket) => socket.end("SSH-2.0-x\r\n"));
  const http2 = await bareServer((socket) => socket.end(Buffer.from("000006040000000000000500004000", "hex")));
  t.after(() => {
    for (const { stop } of [odd, http2]) stop();
  });
  const first = await send(1, odd.env, 200);
  assert.equal(first.counters.unknown, 1);
  assert.match(first.problem ?? "", /closes the connection/);
  const second = await send(1, http2.env, 200);
  assert.equal(second.counters.dropped.unreachable, 1);
  assert.match(second.problem ?? "", /closes the connection: check that the port is its OTLP HTTP port/);
});

test("an interim response and an endless header are survived", async (t) => {
  const interim = await bareServer((socket) => {
    socket.end("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  const endless = await bareServer((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}`));
  const upgrade = await bareServer((socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
  });
  t.after(() => {
    for (const { stop } of [interim, endless, upgrade]) stop();
  });
  assert.equal((await send(1, interim.env)).counters.sent, 1);
  assert.equal((await send(1, endless.env)).counters.unknown, 1);
  assert.equal((await send(1, upgrade.env)).counters.unknown, 1);
});

test("a shutdown ends a request under way, which is of unknown fate", async () => {
  replies = [silent];
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" },
    { version: "1", keepNodes: false, times: "live" },
  );
  exporter.add(interaction({ timeMicros: Date.now() * 1000 }));
  void exporter.forceFlush();
  await until("the request arrives", () => requests.length === 1);
  await exporter.shutdown(0);
  assert.equal(exporter.counters.unknown, 1);
});

test("a bare IPv6 host is dialed", async (t) => {
  const onIpv6 = await startHttpReceiver(() => TAKE, undefined, "::1");
  t.after(onIpv6.stop);
  assert.equal((await send(1, { OTEL_EXPORTER_OTLP_ENDPOINT: onIpv6.endpoint })).counters.sent, 1);
  assert.equal(onIpv6.requests[0]?.headers.host, `[::1]:${onIpv6.port}`);
});
