// Who may read the graph of an agent, how it is sent, and who is cut off.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { AgentHealth } from "../../src/telemetry/agent-health.ts";
import { GRAPH_CONTENT, GraphEndpoint } from "../../src/telemetry/graph-endpoint.ts";
import { type HealthServer, startHealthServer } from "../../src/telemetry/health-server.ts";
import { parseListenAddress } from "../../src/telemetry/listen-address.ts";
import { isLoopbackConnection, isLoopbackHost } from "../../src/telemetry/loopback.ts";
import { temporaryFolder } from "../support/cli/wirespan.ts";
import { networkNamespace } from "../support/network-namespace.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 60_000 };
const LIMITS = { maxReaders: 2, deadlineMillis: 30_000, idleMillis: 30_000 };
const LINE = `${"x".repeat(65_535)}\n`;

/** More than the buffers of a connection hold. */
function* manyLines(): Generator<string> {
  for (let i = 0; i < 400; i++) yield LINE;
}

async function serve(
  t: TestContext,
  chunks: () => Iterable<string> | null,
  limits = LIMITS,
  listen = "0",
): Promise<{ endpoint: GraphEndpoint; server: HealthServer }> {
  const endpoint = new GraphEndpoint({ chunks, edgeCount: 3 }, GRAPH_CONTENT, limits);
  const sources = { readiness: () => ({ isReady: true, lines: [] }), metrics: () => "", graph: endpoint };
  const server = await startHealthServer(parseListenAddress(listen), sources);
  t.after(() => server.close());
  return { endpoint, server };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port, protocol, pathname } = new URL(url);
    const place: RequestOptions = protocol === "unix:" ? { socketPath: pathname } : { hostname, port };
    const sent = request({ ...place, path: "/graph", headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.once("error", reject).end();
  });
}

/** A reader that asks for the graph and reads nothing. */
async function idleReader(t: TestContext, url: string): Promise<Socket> {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" });
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  socket.pause().write("GET /graph HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  return socket;
}

test("a reader on loopback gets the whole text, compressed if it accepts that", BOUND, async (t) => {
  const { endpoint, server } = await serve(t, manyLines);
  const plain = await get(server.url);
  assert.deepEqual([plain.status, plain.headers["content-type"]], [200, "application/json"]);
  assert.equal(plain.body.length, 400 * LINE.length);
  const compressed = await get(server.url, { "accept-encoding": "gzip, deflate" });
  assert.equal(compressed.headers["content-encoding"], "gzip");
  assert.ok(compressed.body.length < plain.body.length / 10);
  assert.ok(gunzipSync(compressed.body).equals(plain.body));
  assert.deepEqual(endpoint.counts, { sent: 2, refused: 0, busy: 0, cut: 0 });
});

test(
  "only connections with loopback addresses at both ends get the graph, on a real network stack",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    namespace.run("ip", "address", "add", "10.1.2.3/32", "dev", "lo");
    const script = fileURLToPath(new URL("./support/graph-requests.js", import.meta.url));
    const refused = "403 the graph is served on loopback only; use kubectl port-forward, or wirespan edges --live";
    assert.deepEqual(JSON.parse(await namespace.output(process.execPath, script)), {
      loopback: "200 graph",
      secondLoopback: "200 graph",
      loopback6: "200 graph",
      ownAddress: refused,
      toLoopbackFromOutside: refused,
      toOwnAddressFromLoopback: refused,
      otherPath: "200 ok",
    });
  },
);

test("loopback is 127.0.0.0/8 and ::1, also as an IPv4-mapped address; a closed connection is not", () => {
  for (const address of ["127.0.0.1", "127.200.1.2", "::1", "::ffff:127.0.0.1"]) {
    assert.ok(isLoopbackConnection({ localAddress: address, remoteAddress: address }), address);
  }
  for (const address of ["10.0.0.1", "128.0.0.1", "::ffff:10.127.0.1", "fe80::1", "::", "127.evil", undefined]) {
    assert.ok(!isLoopbackConnection({ localAddress: "127.0.0.1", remoteAddress: address }), address);
    assert.ok(!isLoopbackConnection({ localAddress: address, remoteAddress: "127.0.0.1" }), address);
  }
});

test("a request under another host name is refused, as a web page could send it", BOUND, async (t) => {
  const { endpoint, server } = await serve(t, () => ["graph\n"]);
  for (const host of ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:19464"]) {
    assert.ok(isLoopbackHost(host), host);
    assert.equal((await get(server.url, { host })).status, 200, host);
  }
  for (const host of ["evil.example", "localhost.evil.example:80", "10.0.0.1", "127.0.0.1.nip.io", "[::2]", "::1"]) {
    assert.ok(!isLoopbackHost(host), host);
    const { status, body } = await get(server.url, { host });
    assert.equal(status, 403, host);
    assert.match(body.toString(), /^the Host header is not a loopback address; [^\n]+\n$/);
  }
  assert.equal(isLoopbackHost(undefined), false);
  assert.equal(endpoint.counts.refused, 6);
});

test("a Unix socket serves the graph under any host name", BOUND, async (t) => {
  const socketPath = join(temporaryFolder(t), "health.sock");
  const { server } = await serve(t, () => ["graph\n"], LIMITS, `unix:${socketPath}`);
  const { status, body } = await get(server.url, { host: "whatever" });
  assert.deepEqual([status, body.toString()], [200, "graph\n"]);
});

test("beside as many readers as allowed, another one is refused; a closed connection makes room", BOUND, async (t) => {
  const { endpoint, server } = await serve(t, manyLines);
  const readers = [await idleReader(t, server.url), await idleReader(t, server.url)];
  await until("a third reader is refused", async () => (await get(server.url)).status === 503);
  const { status, headers, body } = await get(server.url);
  assert.deepEqual([status, headers["retry-after"]], [503, "2"]);
  assert.equal(body.toString(), "2 others are reading the graph; try again in a few seconds\n");
  assert.ok(endpoint.counts.busy >= 2);
  readers[0]?.destroy();
  await until("there is room", async () => (await get(server.url)).status === 200);
  assert.equal(endpoint.counts.cut, 1);
});

test("a reader that reads nothing is cut off, and so is one that trickles until the deadline", BOUND, async (t) => {
  const idle = await serve(t, manyLines, { ...LIMITS, idleMillis: 200 });
  const stuck = await idleReader(t, idle.server.url);
  await until("it is cut off", () => idle.endpoint.counts.cut === 1);
  stuck.destroy();

  const slow = await serve(t, manyLines, { ...LIMITS, deadlineMillis: 500 });
  const trickling = await idleReader(t, slow.server.url);
  const timer = setInterval(() => trickling.read(1_000), 20);
  t.after(() => clearInterval(timer));
  await until("it is cut off", () => slow.endpoint.counts.cut === 1);
  assert.deepEqual(slow.endpoint.counts, { sent: 0, refused: 0, busy: 0, cut: 1 });
});

test("a graph that cannot be made to the end is cut, so that no reader takes it for a whole one", BOUND, async (t) => {
  const { endpoint, server } = await serve(t, function* () {
    yield LINE;
    throw new Error("damaged");
  });
  await assert.rejects(get(server.url), /aborted|hang up|reset/i);
  assert.equal(endpoint.counts.cut, 1);
});

test("before the capture starts there is no graph; without a source there is no such path", BOUND, async (t) => {
  const { server } = await serve(t, () => null);
  const early = await get(server.url);
  assert.deepEqual(
    [early.status, early.body.toString()],
    [503, "the capture has not started yet; try again in a few seconds\n"],
  );
  assert.equal((await fetch(`${server.url}/graph`, { method: "POST" })).status, 405);
  assert.match(await (await fetch(`${server.url}/other`)).text(), /, \/graph\n$/);

  const health = new AgentHealth({ version: "1", figures: () => null, watches: () => null });
  t.after(() => health.close());
  const url = await health.listen(parseListenAddress("0"));
  const none = await fetch(`${url}/graph`);
  assert.deepEqual([none.status, await none.text()], [404, "the paths are /livez, /readyz, /metrics\n"]);
});

test("the event loop has a turn between two chunks", BOUND, async (t) => {
  const CHUNKS = 50;
  let turns = 0;
  let isRunning = true;
  const count = (): void => {
    turns++;
    if (isRunning) setImmediate(count);
  };
  const { server } = await serve(t, function* () {
    for (let i = 0; i < CHUNKS; i++) yield `${i}\n`;
  });
  setImmediate(count);
  await get(server.url);
  isRunning = false;
  assert.ok(turns >= CHUNKS, `${turns} turns`);
});
