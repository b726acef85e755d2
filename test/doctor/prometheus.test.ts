// Requests to servers with and without the API of Prometheus.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Prometheus } from "../../src/doctor/prometheus.ts";
import { ConfigError } from "../../src/model/errors.ts";

const BOUND = { timeout: 60_000 };
const EMPTY = JSON.stringify({ status: "success", data: { resultType: "vector", result: [] } });

/** A server with these responses; its port, and the requests. */
async function serving(t: TestContext, answer: (response: ServerResponse) => void = (response) => response.end(EMPTY)) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

test("credentials in the URL are sent with each request, and removed from the URL in messages", BOUND, async (t) => {
  const { port, requests } = await serving(t);
  const prometheus = new Prometheus(`http://me:p%40ss@127.0.0.1:${port}/base/`);
  await prometheus.query("up");
  await prometheus.query("up");
  const sent = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  assert.deepEqual(
    requests.map(({ headers, url }) => [headers.authorization, url]),
    Array(2).fill([sent, "/base/api/v1/query?query=up"]),
  );
  assert.equal(prometheus.url, `http://127.0.0.1:${port}/base`);
});

test("without credentials none are sent, and the expression is encoded", BOUND, async (t) => {
  const { port, requests } = await serving(t);
  await new Prometheus(`http://127.0.0.1:${port}`).query('sum({__name__=~"a&b"})');
  assert.equal(requests[0]?.headers.authorization, undefined);
  const url = new URL(requests[0]?.url ?? "", "http://x");
  assert.deepEqual([...url.searchParams], [["query", 'sum({__name__=~"a&b"})']]);
});

test("series have a name, labels and a number", BOUND, async (t) => {
  const result = [{ metric: { __name__: "up", job: "x" }, value: [1, "2.5"] }];
  const { port } = await serving(t, (response) => response.end(JSON.stringify({ data: { result } })));
  assert.deepEqual(await new Prometheus(`http://127.0.0.1:${port}`).query("up"), [
    { name: "up", labels: { job: "x" }, value: 2.5 },
  ]);
});

test("the difference of the clocks comes from the fastest response, to half a second", BOUND, async (t) => {
  const { port } = await serving(t, (response) => {
    response.setHeader("date", new Date(Date.now() - 60_000).toUTCString());
    response.end(EMPTY);
  });
  const prometheus = new Prometheus(`http://127.0.0.1:${port}`);
  assert.equal(prometheus.secondsAhead, null);
  await prometheus.query("up");
  const ahead = prometheus.secondsAhead ?? 0;
  assert.ok(ahead > 59.4 && ahead < 62, `${ahead} s`);
});

const NO_PROMETHEUS: readonly [string, (response: ServerResponse) => void, RegExp][] = [
  ["a page", (response) => response.end("<h1>Welcome</h1>"), /does not answer as Prometheus does \(HTTP 200\)/],
  [
    "an error with a vector",
    (response) => response.writeHead(401).end(EMPTY),
    /does not answer as Prometheus does \(HTTP 401\); correct --prometheus/,
  ],
  [
    "a scalar",
    (response) => response.end(JSON.stringify({ data: { resultType: "scalar", result: [1, "2"] } })),
    /does not answer as Prometheus does/,
  ],
  ["a connection that is closed", (response) => response.destroy(), /does not answer \(.*\); start Prometheus/],
];
for (const [what, answer, expected] of NO_PROMETHEUS) {
  test(`${what} instead of a vector rejects with one sentence and a fix`, BOUND, async (t) => {
    const { port } = await serving(t, answer);
    await assert.rejects(new Prometheus(`http://me:secret@127.0.0.1:${port}`).query("up"), (error: Error) => {
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

for (const wrong of ["prometheus:9090", "http://", "ftp://prometheus:9090", ""]) {
  test(`the URL ${JSON.stringify(wrong)} is rejected`, () => {
    assert.throws(() => new Prometheus(wrong), ConfigError);
  });
}
