// Requests to servers with and without the API of Prometheus.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Prometheus } from "../../src/prometheus/prometheus.ts";
import { readPrometheusAccess } from "../../src/prometheus/prometheus-access.ts";
import type { PrometheusError } from "../../src/prometheus/prometheus-error.ts";

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

function prometheusAt(url: string, timeoutMillis?: number): Prometheus {
  return new Prometheus(readPrometheusAccess(url, {}, {}), timeoutMillis);
}

test("credentials in the URL are sent with each request, and removed from the URL in messages", BOUND, async (t) => {
  const { port, requests } = await serving(t);
  const prometheus = prometheusAt(`http://me:p%40ss@127.0.0.1:${port}/base/`);
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
  await prometheusAt(`http://127.0.0.1:${port}`).query('sum({__name__=~"a&b"})');
  assert.equal(requests[0]?.headers.authorization, undefined);
  const url = new URL(requests[0]?.url ?? "", "http://x");
  assert.deepEqual([...url.searchParams], [["query", 'sum({__name__=~"a&b"})']]);
});

test("series have a name, labels and a number", BOUND, async (t) => {
  const result = [{ metric: { __name__: "up", job: "x" }, value: [1, "2.5"] }];
  const { port } = await serving(t, (response) => response.end(JSON.stringify({ data: { result } })));
  assert.deepEqual(await prometheusAt(`http://127.0.0.1:${port}`).query("up"), [
    { name: "up", labels: { job: "x" }, value: 2.5 },
  ]);
});

test("the difference of the clocks comes from the fastest response, to half a second", BOUND, async (t) => {
  const { port } = await serving(t, (response) => {
    response.setHeader("date", new Date(Date.now() - 60_000).toUTCString());
    response.end(EMPTY);
  });
  const prometheus = prometheusAt(`http://127.0.0.1:${port}`);
  assert.equal(prometheus.secondsAhead, null);
  await prometheus.query("up");
  const ahead = prometheus.secondsAhead ?? 0;
  assert.ok(ahead > 59.4 && ahead < 62, `${ahead} s`);
});

test(
  "the values of a range selector, and of the steps of a range, keep the name among the labels",
  BOUND,
  async (t) => {
    const result = [
      {
        metric: { __name__: "up", job: "x" },
        values: [
          [1.5, "2"],
          [3, "NaN"],
        ],
      },
    ];
    const { port, requests } = await serving(t, (response) => response.end(JSON.stringify({ data: { result } })));
    const prometheus = prometheusAt(`http://127.0.0.1:${port}`);
    const expected = [
      {
        labels: { __name__: "up", job: "x" },
        samples: [
          [1.5, "2"],
          [3, "NaN"],
        ],
      },
    ];
    assert.deepEqual(await prometheus.samples("up[5m]", 100.25), expected);
    assert.deepEqual(await prometheus.steps("up", { start: 0, end: 60, step: 15 }), expected);
    assert.deepEqual(
      requests.map(({ url }) => url),
      ["/api/v1/query?query=up%5B5m%5D&time=100.25", "/api/v1/query_range?query=up&start=0&end=60&step=15"],
    );
  },
);

test("a compressed response is read", BOUND, async (t) => {
  const { port, requests } = await serving(t, (response) => {
    response.setHeader("content-encoding", "gzip").end(gzipSync(EMPTY));
  });
  assert.deepEqual(await prometheusAt(`http://127.0.0.1:${port}`).query("up"), []);
  assert.equal(requests[0]?.headers["accept-encoding"], "gzip");
});

const problem = (status: number, error: string) => (response: ServerResponse) =>
  response.writeHead(status).end(JSON.stringify({ status: "error", errorType: "execution", error }));
/** 64 MB that are 64 kB on the way. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024));

const FAILURES: readonly [string, (response: ServerResponse) => void, RegExp, isTooMuch?: true][] = [
  [
    "a page",
    (response) => response.end("<h1>Welcome</h1>"),
    /does not answer as Prometheus does \(HTTP 200\); correct/,
  ],
  ["a page of an error", (response) => response.writeHead(500).end("<h1>Oh</h1>"), /Prometheus does \(HTTP 500\)/],
  ["a scalar", (response) => response.end('{"data":{"resultType":"scalar","result":[1,"2"]}}'), /as Prometheus does/],
  ["401", (response) => response.writeHead(401).end(EMPTY), /denies access \(HTTP 401\); set PROMETHEUS_TOKEN, or/],
  ["403", problem(403, "no org id"), /denies access \(HTTP 403: no org id\)/],
  ["404", (response) => response.writeHead(404).end("404 page not found\n"), /no Prometheus API .*add the prefix/],
  [
    "a redirect",
    (response) => response.writeHead(302, { location: "/login" }).end(),
    /redirects to \/login \(HTTP 302\); pass/,
  ],
  ["429", problem(429, "too many outstanding requests"), /limits requests \(HTTP 429: too many .*try again later/],
  ["an expression that it refuses", problem(400, "parse error"), /cannot answer \(HTTP 400: parse error\)/],
  [
    "too many samples",
    problem(422, "query processing would load too many samples into memory in query execution"),
    /refuses so large a query \(HTTP 422: query processing/,
    true,
  ],
  ["a query that took too long", problem(503, "query timed out in expression evaluation"), /refuses so large/, true],
  ["a gateway that waited too long", (response) => response.writeHead(504).end("<p>"), /\(HTTP 504\)/, true],
  [
    "a longer body than anything that was asked",
    (response) => response.setHeader("content-encoding", "gzip").end(BOMB),
    /sends more than 48 MB/,
    true,
  ],
  [
    "a damaged compression",
    (response) => response.setHeader("content-encoding", "gzip").end("x"),
    /does not answer \(/,
  ],
  ["a connection that is closed", (response) => response.destroy(), /does not answer \(ECONNRESET\); start Prometheus/],
  ["silence", () => {}, /does not answer within 0.3 s/, true],
];
for (const [what, answer, expected, isTooMuch = false] of FAILURES) {
  test(`${what} instead of a result rejects with one sentence and a fix`, BOUND, async (t) => {
    const { port } = await serving(t, answer);
    const prometheus = prometheusAt(`http://me:secret@127.0.0.1:${port}`, what === "silence" ? 300 : undefined);
    await assert.rejects(prometheus.query("up"), (error: PrometheusError) => {
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /secret|\n/);
      assert.equal(error.isTooMuch, isTooMuch);
      return true;
    });
  });
}

test("HTTPS to a server without TLS rejects with the fix", BOUND, async (t) => {
  const { port } = await serving(t);
  await assert.rejects(prometheusAt(`https://127.0.0.1:${port}`).query("up"), /does not speak TLS .*write http:\/\//);
});

test("a closed port rejects with the fix", BOUND, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(prometheusAt(`http://127.0.0.1:${port}`).query("up"), /does not answer \(ECONNREFUSED\); start/);
});
