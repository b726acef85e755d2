// The answer of an agent, or of whatever listens in its place: the whole text, or one reason.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { NoGraph, requestGraph } from "../../../src/graph-source/live/request-graph.ts";
import { ApiError } from "../../../src/kubernetes/client/api-error.ts";
import { GraphEndpoint } from "../../../src/telemetry/graph-endpoint.ts";
import { startHealthServer } from "../../../src/telemetry/health-server.ts";
import { parseListenAddress } from "../../../src/telemetry/listen-address.ts";

const BOUND = { timeout: 60_000 };
const MAX_BYTES = 1_000_000;

async function connectionTo(t: TestContext, answer: (socket: Socket) => void): Promise<Duplex> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    answer(socket);
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function read(connection: Duplex, millis = 30_000): Promise<string> {
  const whole = async (bytes: AsyncIterable<Buffer>): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  return requestGraph(connection, whole, MAX_BYTES, AbortSignal.timeout(millis));
}

test("the text of a real agent's endpoint arrives whole, although it is compressed", BOUND, async (t) => {
  const lines = Array.from({ length: 5_000 }, (_, i) => `edge ${i}\n`);
  const graph = new GraphEndpoint({ chunks: () => lines, edgeCount: 0 });
  const sources = { readiness: () => ({ isReady: true, lines: [] }), metrics: () => "", graph };
  const server = await startHealthServer(parseListenAddress("0"), sources);
  t.after(() => server.close());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  assert.equal(await read(socket), lines.join(""));
  assert.ok(socket.destroyed);
  assert.equal(graph.counts.sent, 1);
});

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const gzipped = gzipSync(Buffer.alloc(100_000, "graph "));

interface Answer {
  readonly name: string;
  readonly bytes: string | Buffer;
  readonly reason: RegExp;
  /** False: the connection stays open. */
  readonly ends?: boolean;
}

const ANSWERS: readonly Answer[] = [
  {
    name: "an agent of a version without /graph",
    bytes: "HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\npaths",
    reason: /^it serves no graph: update it, or start it without --no-graph \(graph\.enabled of the chart\)$/,
  },
  {
    name: "an agent with too many readers",
    bytes: "HTTP/1.1 503 Busy\r\ncontent-length: 24\r\n\r\n4 others are reading it\n",
    reason: /^it answers with HTTP 503: 4 others are reading it$/,
  },
  {
    name: "a refusal with control characters and without an end",
    bytes: `HTTP/1.1 403 No\r\n\r\n\u001b[31m${"x".repeat(10_000)}`,
    reason: /^it answers with HTTP 403: \\u\{1b\}\[31mx{180,200}$/,
  },
  { name: "a connection that ends at once", bytes: "", reason: /^the connection ended before the graph came$/ },
  {
    name: "an agent that is killed in the middle",
    bytes: `${HEAD}content-length: 100\r\n\r\nhalf`,
    reason: /^the connection ended in the middle of the graph$/,
  },
  {
    name: "an agent that is killed in the middle of a chunk",
    bytes: `${HEAD}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nff\r\nha`,
    reason: /^the connection ended in the middle of the graph$/,
  },
  {
    name: "an agent that is killed in the middle of compressed bytes",
    bytes: Buffer.concat([
      Buffer.from(`${HEAD}content-encoding: gzip\r\ncontent-length: ${gzipped.length}\r\n\r\n`),
      gzipped.subarray(0, gzipped.length - 50),
    ]),
    reason: /^the connection ended in the middle of the graph$/,
  },
  {
    name: "another program",
    bytes: "SSH-2.0-OpenSSH_9.6\r\n",
    reason: /^another program answers$/,
  },
  {
    name: "bytes that are not compressed as they say",
    bytes: `${HEAD}content-encoding: gzip\r\ncontent-length: 10\r\n\r\n0123456789`,
    reason: /^another program answers$/,
  },
  {
    name: "a text beyond all bounds",
    bytes: `${HEAD}\r\n${"x".repeat(MAX_BYTES + 1)}`,
    reason: /^its graph is longer than 1 MB$/,
  },
  {
    name: "a compressed text beyond all bounds",
    bytes: Buffer.concat([
      Buffer.from(`${HEAD}content-encoding: gzip\r\n\r\n`),
      gzipSync(Buffer.alloc(50 * MAX_BYTES)),
    ]),
    reason: /^its graph is longer than 1 MB$/,
  },
  { name: "silence", bytes: "", ends: false, reason: /^it did not answer in time$/ },
  {
    name: "silence in the middle",
    bytes: `${HEAD}content-length: 100\r\n\r\nhalf`,
    ends: false,
    reason: /^it did not answer in time$/,
  },
];

for (const { name, bytes, reason, ends = true } of ANSWERS) {
  test(`no graph comes from ${name}, with the reason`, BOUND, async (t) => {
    const connection = await connectionTo(t, (socket) => {
      socket.once("data", () => {
        socket.write(bytes);
        if (ends) socket.end();
      });
    });
    await assert.rejects(read(connection, ends ? 30_000 : 300), (error) => {
      assert.ok(error instanceof NoGraph, String(error));
      assert.match(error.message, reason);
      return true;
    });
    assert.ok(connection.destroyed);
  });
}

test("an error of the kubelet is the reason", BOUND, async (t) => {
  for (const [message, reason] of [
    ["error forwarding port 1 to pod a: dial tcp4 127.0.0.1:1: connect: connection refused", /^no process listens at /],
    ["error forwarding port 1 to pod a: network namespace is closed\nline", /^error forwarding .* closed line$/],
  ] as const) {
    const connection = await connectionTo(t, () => {});
    setImmediate(() => connection.destroy(new ApiError(null, message)));
    await assert.rejects(read(connection), (error) => {
      assert.ok(error instanceof NoGraph);
      assert.match(error.message, reason);
      return true;
    });
  }
});
