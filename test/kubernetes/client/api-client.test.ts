import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiClient, type ApiRequest } from "../../../src/kubernetes/client/api-client.ts";
import { ApiError } from "../../../src/kubernetes/client/api-error.ts";
import { type ApiReply, json, refuse, startOddApi, writeLines } from "./support/odd-api.ts";

const BOUND = { timeout: 60_000 };
/** Longer than any response of these tests takes. */
const LONG_MILLIS = 50_000;

function request(more: Partial<ApiRequest> = {}): ApiRequest {
  return {
    path: "/api/v1/nodes?limit=1",
    accept: "application/json",
    idleMillis: LONG_MILLIS,
    signal: new AbortController().signal,
    ...more,
  };
}

async function clientOf(t: TestContext, answer: ApiReply) {
  const api = await startOddApi(t, answer);
  const client = new ApiClient(api.access);
  t.after(() => client.close());
  return { api, client };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const isOutage = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === null &&
  /does not answer; check that this machine reaches it$/.test(error.message);

const SILENT: readonly [string, ApiReply][] = [
  ["before the response", () => {}],
  ["after the headers", (_, response) => response.writeHead(200).flushHeaders()],
  ["within a line", (_, response) => void response.writeHead(200).write('{"items":')],
];
for (const [when, answer] of SILENT) {
  test(`a connection without data ${when} is closed at the idle timeout`, BOUND, async (t) => {
    const { client } = await clientOf(t, answer);
    await assert.rejects(client.json(request({ idleMillis: 100 })), isOutage);
  });
}

test("a watch without data after some events yields them, and is closed at the idle timeout", BOUND, async (t) => {
  const { client } = await clientOf(t, (_, response) => writeLines(response.writeHead(200), { a: 1 }, { b: 2 }));
  const lines: unknown[] = [];
  const watching = async () => {
    for await (const line of await client.jsonLines(request({ idleMillis: 100 }))) lines.push(line);
  };
  await assert.rejects(watching(), isOutage);
  assert.deepEqual(lines, [{ a: 1 }, { b: 2 }]);
});

/** Writes without end, as fast as the client reads. */
const endless: ApiReply = (_, response) => {
  response.writeHead(200);
  const write = (): void => {
    while (!response.destroyed && response.write("x".repeat(65_536)));
  };
  response.on("drain", write);
  write();
};

test("an endless response is cut off at a limit, as a list and as a line of a watch", BOUND, async (t) => {
  const { api, client } = await clientOf(t, endless);
  const isTooLong = (fault: string) => (error: unknown) =>
    error instanceof ApiError &&
    error.status === null &&
    error.message.startsWith(`the API server's response ${fault}`);
  await assert.rejects(client.json(request()), isTooLong("is longer than 64 MB"));
  await assert.rejects(
    (async () => all(await client.jsonLines(request())))(),
    isTooLong("has a line of more than 16 MB"),
  );
  assert.equal(api.requests.length, 2);
  assert.ok(client.counters.bytes < 90 * 1024 * 1024, `${client.counters.bytes} bytes were read`);
});

test("a long line within the limit is read", BOUND, async (t) => {
  const long = { a: "x".repeat(8 * 1024 * 1024) };
  const { client } = await clientOf(t, (_, response) => {
    writeLines(response.writeHead(200), long, { b: 1 });
    response.end();
  });
  assert.deepEqual(await all(await client.jsonLines(request())), [long, { b: 1 }]);
});

test("the time to get credentials is bounded", BOUND, async (t) => {
  const { access, requests } = await startOddApi(t, (_, response) => json(response, 200, {}));
  const client = new ApiClient({ ...access, options: () => new Promise(() => {}) });
  t.after(() => client.close());
  await assert.rejects(
    client.json(request({ idleMillis: 100 })),
    (error) => error instanceof ApiError && error.message === "credentials did not arrive within 0.1 s",
  );
  assert.deepEqual(requests, []);
});

test("credentials are read before each request, and sent with the media type", BOUND, async (t) => {
  const { access, headers } = await startOddApi(t, (_, response) => json(response, 200, {}));
  let token = 0;
  const options = async () => ({ headers: { authorization: `Bearer ${++token}` } });
  const client = new ApiClient({ ...access, options });
  t.after(() => client.close());
  for (const accept of ["application/json", "application/json;as=Table"]) await client.json(request({ accept }));
  assert.deepEqual(
    headers.map(({ authorization, accept, "user-agent": agent }) => [authorization, accept, agent]),
    [
      ["Bearer 1", "application/json", "wirespan"],
      ["Bearer 2", "application/json;as=Table", "wirespan"],
    ],
  );
});

test("requests and bytes are counted, those of streams as they arrive", BOUND, async (t) => {
  const { client } = await clientOf(t, (path, response) => {
    if (path.includes("limit")) return json(response, 200, { items: [] });
    writeLines(response.writeHead(200), { a: 1 });
    response.end();
  });
  await client.json(request());
  assert.deepEqual(client.counters, { requests: 1, bytes: '{"items":[]}'.length });
  await all(await client.jsonLines(request({ path: "/api/v1/nodes?watch=true" })));
  assert.deepEqual(client.counters, { requests: 2, bytes: '{"items":[]}{"a":1}\n'.length });
});

test("lines do not depend on how the bytes are split, and a line without an end is dropped", BOUND, async (t) => {
  const text = Buffer.from(`${JSON.stringify({ name: "日本" })}\n{"b":2}\n{"c":`);
  const { client } = await clientOf(t, async (_, response) => {
    response.writeHead(200);
    for (const byte of text) await new Promise<void>((sent) => response.write(Buffer.of(byte), () => sent()));
    response.end();
  });
  assert.deepEqual(await all(await client.jsonLines(request())), [{ name: "日本" }, { b: 2 }]);
});

test("the Date header is returned in microseconds, and null without one", BOUND, async (t) => {
  const { client } = await clientOf(t, (path, response) => {
    response.sendDate = false;
    if (path.includes("dated")) response.setHeader("date", "Mon, 23 Nov 2026 08:00:00 GMT");
    json(response, 200, {});
  });
  assert.equal((await client.json(request({ path: "/dated" }))).serverMicros, Date.UTC(2026, 10, 23, 8) * 1_000);
  assert.equal((await client.json(request())).serverMicros, null);
});

test("an error response gives its status and its message, truncated to a limit", BOUND, async (t) => {
  const { client } = await clientOf(t, (path, response) =>
    refuse(response, 403, path.includes("long") ? "x".repeat(900) : "no"),
  );
  const errorOf = (path: string) => client.json(request({ path })).catch((error: unknown) => error as ApiError);
  const short = await errorOf("/short");
  assert.ok(short instanceof ApiError);
  assert.deepEqual([short.status, short.message], [403, "no"]);
  const long = await errorOf("/long");
  assert.ok(long instanceof ApiError && long.message.length === 200, long instanceof Error ? long.message : "");
});

test("aborting a request rejects it at once", BOUND, async (t) => {
  const { api, client } = await clientOf(t, () => {});
  const stopping = new AbortController();
  const asked = client.json(request({ signal: stopping.signal }));
  const stopped = assert.rejects(asked, ApiError);
  stopping.abort();
  await stopped;
  assert.ok(api.requests.length <= 1);
});
